import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { timeSeries } from "../lib/visualizations.ts";
import { inNamespaces } from "./selectors.ts";

/** Containers of the selected namespaces; without kube-state-metrics there is nothing to select. */
function containers(states: boolean) {
  return `${job("cadvisor")}, container!=""${states ? ', namespace=~"$namespace"' : ""}`;
}

/** Usage and requests of each namespace. */
export function namespaces(states: boolean): Row {
  const of = containers(states);
  const traffic = `${job("cadvisor")}, namespace!=""${states ? ', namespace=~"$namespace"' : ""}`;
  const memory = `sum by (namespace) (container_memory_working_set_bytes{${of}})`;
  const cpu = (window: string) => `sum by (namespace) (rate(container_cpu_usage_seconds_total{${of}}[${window}]))`;
  const network = (way: "receive" | "transmit") =>
    range(
      `sum by (namespace) (rate(container_network_${way}_bytes_total{${traffic}}[$__rate_interval]))`,
      `{{namespace}} ${way === "receive" ? "received" : "sent"}`,
    );
  const requested = (resource: "cpu" | "memory") =>
    `sum by (namespace) (${inNamespaces("kube_pod_container_resource_requests", `resource="${resource}"`)})`;
  return {
    title: "Namespaces",
    panels: [
      ...(states
        ? [
            table(
              {
                title: "Namespaces and what they take",
                description:
                  "Pods of each namespace, their CPU usage over 5 minutes and memory usage, compared to their requests.",
                unit: "short",
                width: 24,
                height: 7,
                queries: [
                  rows(`count by (namespace) (${inNamespaces("kube_pod_info")})`),
                  rows(cpu("5m")),
                  rows(requested("cpu")),
                  rows(memory),
                  rows(requested("memory")),
                ],
              },
              [
                { of: "namespace", title: "Namespace" },
                { of: 0, title: "Pods", decimals: 0 },
                { of: 1, title: "CPUs", decimals: 3 },
                { of: 2, title: "CPU requests", decimals: 2 },
                { of: 3, title: "Memory", unit: "bytes" },
                { of: 4, title: "Memory requests", unit: "bytes" },
              ],
              { title: "Memory", descending: true },
            ),
          ]
        : []),
      timeSeries({
        title: "CPU by namespace",
        description: "CPU usage of the containers of each namespace, in cores.",
        unit: "short",
        min: 0,
        width: 6,
        queries: [range(cpu("$__rate_interval"), "{{namespace}}")],
      }),
      timeSeries({
        title: "Memory by namespace",
        description: "Working set of the containers of each namespace.",
        unit: "bytes",
        min: 0,
        width: 6,
        queries: [range(memory, "{{namespace}}")],
      }),
      timeSeries({
        title: "Network by namespace",
        description: "Bytes per second received and sent by the pods of each namespace.",
        unit: "Bps",
        min: 0,
        width: 6,
        queries: [network("receive"), network("transmit")],
      }),
      timeSeries({
        title: "CPU throttled",
        description:
          "Share of CPU periods in which containers of each namespace were throttled at their limit. Throttling adds latency even at low load.",
        unit: "percentunit",
        min: 0,
        width: 6,
        queries: [
          mayBeEmpty(
            "No containers have a CPU limit.",
            range(
              `sum by (namespace) (rate(container_cpu_cfs_throttled_periods_total{${of}}[$__rate_interval])) / sum by (namespace) (rate(container_cpu_cfs_periods_total{${of}}[$__rate_interval]))`,
              "{{namespace}}",
            ),
          ),
        ],
      }),
    ],
  };
}
