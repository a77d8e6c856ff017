import { traitsOf } from "../../components/platform/traits.ts";
import { containerMemory } from "../../config/alerts/infrastructure.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { stat, timeSeries } from "../lib/visualizations.ts";

/** Cgroups without a name are not containers. */
const containersOfCluster = `${job("cadvisor")}, name!=""`;

/** Containers and their resource usage. */
export function containers(settings: Settings): Row {
  const { containerMetrics, containerLabels: labels, containerLegend: legend } = traitsOf(settings);
  const by = `by (${labels.join(", ")})`;
  const of = (metric: string) => `${metric}{${containersOfCluster}}`;
  const cpu = (window: string) => `sum ${by} (rate(${of("container_cpu_usage_seconds_total")}[${window}]))`;
  const memory = `max ${by} ${containerMemory(containersOfCluster)}`;
  const memoryLimit = `(max ${by} (${of("container_spec_memory_limit_bytes")}) > 0)`;
  const cpuLimit = `(max ${by} (${of("container_spec_cpu_quota")} / ${of("container_spec_cpu_period")}) > 0)`;
  const noLimit = "No containers have a limit.";
  return {
    title: "Containers",
    panels: [
      stat(
        {
          title: "Containers",
          description: "Running containers; 0 if cAdvisor is up but reports none.",
          unit: "short",
          width: 4,
          alerts: containerMetrics === "cadvisor" ? ["ContainerMetricsMissing"] : [],
          queries: [
            range(
              `count(max ${by} (${of("container_memory_working_set_bytes")})) or 0 * max(up{${job("cadvisor")}})`,
              "containers",
            ),
          ],
        },
        "trend",
      ),
      table(
        {
          title: "Containers by CPU and memory",
          description:
            "CPU usage over 5 minutes and memory usage of each container without its file cache, absolute and as a share of its limits. At 100 % of the memory limit the kernel kills the container; at 100 % of the CPU limit it is throttled.",
          unit: "short",
          width: 20,
          alerts: ["ContainerMemoryNearLimit"],
          thresholds: { fires: "above", alerts: ["ContainerMemoryNearLimit"] },
          queries: [
            rows(cpu("5m")),
            mayBeEmpty(noLimit, rows(`${cpu("5m")} / ${cpuLimit}`)),
            rows(memory),
            mayBeEmpty(noLimit, rows(`${memory} / ${memoryLimit}`)),
          ],
        },
        [
          ...labels.map((label) => ({
            of: label,
            title: columnTitles[label] ?? label,
            width: labels.length === 1 ? 320 : 200,
          })),
          { of: 0, title: "CPUs", decimals: 3 },
          { of: 1, title: "% of CPU limit", unit: "percentunit", decimals: 0 },
          { of: 2, title: "Memory", unit: "bytes" },
          { of: 3, title: "% of memory limit", unit: "percentunit", decimals: 0, coloured: true },
        ],
        { title: "% of memory limit", descending: true },
      ),
      timeSeries({
        title: "Container CPU",
        description: "CPU usage of each container, in cores.",
        unit: "short",
        decimals: 2,
        min: 0,
        width: 12,
        queries: [range(cpu("$__rate_interval"), legend)],
      }),
      timeSeries({
        title: "Container memory",
        description: "Working set of each container, which includes the file cache in use.",
        unit: "bytes",
        min: 0,
        width: 12,
        queries: [range(`max ${by} (${of("container_memory_working_set_bytes")})`, legend)],
      }),
    ],
  };
}

const columnTitles: Readonly<Record<string, string>> = {
  name: "Container",
  namespace: "Namespace",
  pod: "Pod",
  container: "Container",
};
