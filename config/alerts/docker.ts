import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql } from "./expression.ts";

/** What only a Docker host has: a cAdvisor that must find Docker's containers. A kubelet knows its own. */
export function dockerAlerts(settings: Settings): AlertingRule[] {
  if (traitsOf(settings).containerMetrics !== "cadvisor" || !settings.exporters.cadvisor.enabled) return [];
  return alert(settings, "ContainerMetricsMissing", () => ({
    // cAdvisor runs in a container: one that reports none has lost sight of Docker, not of containers.
    expression: promql`
      up{job="cadvisor"} == 1
        unless on (job, instance) container_memory_working_set_bytes{name!=""}`,
    summary: "cAdvisor on {{ $labels.instance }} reports no containers",
    description:
      "cAdvisor on {{ $labels.instance }} answers, but its metrics contain no container, so it cannot read them from Docker. CPU and memory of containers are unknown, and no alert about them can fire.",
    dashboard: "systemHealth",
  }));
}
