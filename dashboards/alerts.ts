import { ownRules } from "../config/alerts/own-rules/own-rules.ts";
import type { Settings } from "../config/settings/schema.ts";
import { delivery } from "./alerts/delivery.ts";
import { escalation } from "./alerts/escalation.ts";
import { history } from "./alerts/history.ts";
import { incidents } from "./alerts/incidents.ts";
import { own } from "./alerts/own.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard } from "./lib/dashboard.ts";
import { cluster, prometheusSource, seriesLabel } from "./lib/variables.ts";

/** Alert selectors: alerts about all instances have no instance label, alerts about missing targets no cluster label. */
const alertsOrTargets = '{__name__=~"ALERTS|up", cluster=~"$cluster|"';

/** Firing alerts, notifications and history. */
export function alerts(settings: Settings): Dashboard {
  return {
    name: "alerts",
    title: "Alerts",
    description: "Firing alerts, notification delivery, response times and noisy alerts.",
    from: "now-24h",
    variables: [
      prometheusSource,
      cluster,
      seriesLabel("service", "Service", `${alertsOrTargets}, service=~".+"}`, ".+"),
      seriesLabel("instance", "Instance", `${alertsOrTargets}, service=~"$service"}`, ".*"),
    ],
    annotations: annotations(settings).filter(({ name }) => name === "Deployments"),
    rows: [incidents(settings), ...own(ownRules(settings).alerts), escalation, delivery(settings), history(settings)],
  };
}
