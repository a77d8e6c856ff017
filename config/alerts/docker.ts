import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql } from "./expression.ts";

/** Alerts for Docker hosts, where cAdvisor must discover Docker's containers. */
export function dockerAlerts(settings: Settings): AlertingRule[] {
  if (traitsOf(settings).containerMetrics !== "cadvisor" || !settings.exporters.cadvisor.enabled) return [];
  return alert(settings, "ContainerMetricsMissing", () => ({
    // cAdvisor itself runs in a container, so if it reports none, it cannot read from Docker.
    expression: promql`
      up{job="cadvisor"} == 1
        unless on (job, instance) container_memory_working_set_bytes{name!=""}`,
    summary: "cAdvisor on {{ $labels.instance }} reports no containers",
    description:
      "cAdvisor on {{ $labels.instance }} is up, but its metrics contain no containers, which means that it cannot read them from Docker. Container CPU and memory usage are unknown, and container alerts cannot fire.",
    dashboard: "systemHealth",
  }));
}
