import type { Settings } from "../config/settings/schema.ts";
import { delivery } from "./alerts/delivery.ts";
import { escalation } from "./alerts/escalation.ts";
import { history } from "./alerts/history.ts";
import { incidents } from "./alerts/incidents.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard } from "./lib/dashboard.ts";
import { cluster, prometheusSource, seriesLabel } from "./lib/variables.ts";

/** Alerts of any service have these; an alert about all instances of it has no instance, one about what is gone no cluster. */
const alertsOrTargets = '{__name__=~"ALERTS|up", cluster=~"$cluster|"';

/** What fires, who was told, and how it went before. */
export function alerts(settings: Settings): Dashboard {
  return {
    name: "alerts",
    title: "Alerts",
    description: "What fires now, whether people were told, how long it takes, and what fires too often.",
    from: "now-24h",
    variables: [
      prometheusSource,
      cluster,
      seriesLabel("service", "Service", `${alertsOrTargets}, service=~".+"}`, ".+"),
      seriesLabel("instance", "Instance", `${alertsOrTargets}, service=~"$service"}`, ".*"),
    ],
    annotations: annotations(settings).filter(({ name }) => name === "Deployments"),
    rows: [incidents(settings), escalation, delivery(settings), history(settings)],
  };
}
