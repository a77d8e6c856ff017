import { collectorJobs } from "../../config/alerts/monitored.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { Panel } from "../lib/panel.ts";
import { instant } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { acceptedTiles } from "../lib/states.ts";
import { stat } from "../lib/visualizations.ts";

/**
 * 1 if the collector's config is loaded. Derived, because Promtail only counts failed reloads and Alloy unhealthy components.
 */
const collectorWorks = {
  promtail: (collector) =>
    `1 - clamp_max(sum by (job) (increase(promtail_config_reload_fail_total{${job(collector)}}[15m])), 1)`,
  alloy: (collector) =>
    `0 * (sum by (job) (alloy_component_controller_running_components{${job(collector)}, health_type="unhealthy"}) > 0) or group by (job) (alloy_component_controller_running_components{${job(collector)}})`,
} satisfies Record<Settings["logs"]["collector"], (collector: string) => string>;

/** Whether each component runs with its latest config. */
export function configurations(settings: Settings): Panel {
  const accepted = (part: string) => `min by (job) (${part}_config_last_reload_successful{${job(part)}})`;
  return stat(
    {
      title: "Configuration accepted",
      description:
        "Red: the component rejected its latest config and still uses the previous one. Promtail only counts failures, so it is red for 15 minutes.",
      unit: "short",
      width: 24,
      height: 4,
      ...acceptedTiles,
      alerts: ["ConfigReloadFailed"],
      queries: [
        instant(accepted("prometheus"), "{{job}}"),
        ...(settings.alerting.enabled ? [instant(accepted("alertmanager"), "{{job}}")] : []),
        ...collectorJobs(settings).map(({ job, program }) => instant(collectorWorks[program](job), "{{job}}")),
      ],
    },
    "tiles",
  );
}
