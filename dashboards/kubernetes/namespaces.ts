import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { timeSeries } from "../lib/visualizations.ts";
import { inNamespaces } from "./selectors.ts";

/** Containers of the chosen namespaces; where kube-state-metrics is off there is nothing to choose. */
function containers(states: boolean) {
  return `${job("cadvisor")}, container!=""${states ? ', namespace=~"$namespace"' : ""}`;
}

/** What each namespace takes, and what it has reserved. */
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
                  "Pods of each namespace, the CPU they took over 5 minutes and the memory they hold, beside what they have reserved.",
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
                { of: 2, title: "CPUs reserved", decimals: 2 },
                { of: 3, title: "Memory", unit: "bytes" },
                { of: 4, title: "Memory reserved", unit: "bytes" },
              ],
              { title: "Memory", descending: true },
            ),
          ]
        : []),
      timeSeries({
        title: "CPU by namespace",
        description: "CPUs that the containers of each namespace take.",
        unit: "short",
        min: 0,
        width: 6,
        queries: [range(cpu("$__rate_interval"), "{{namespace}}")],
      }),
      timeSeries({
        title: "Memory by namespace",
        description: "Memory that the containers of each namespace cannot do without.",
        unit: "bytes",
        min: 0,
        width: 6,
        queries: [range(memory, "{{namespace}}")],
      }),
      timeSeries({
        title: "Network by namespace",
        description: "Bytes a second that the pods of each namespace receive and send.",
        unit: "Bps",
        min: 0,
        width: 6,
        queries: [network("receive"), network("transmit")],
      }),
      timeSeries({
        title: "CPU throttled",
        description:
          "Share of the time slices in which containers of each namespace wanted more CPU than their limit and were stopped: latency that no load explains.",
        unit: "percentunit",
        min: 0,
        width: 6,
        queries: [
          mayBeEmpty(
            "No container has a CPU limit.",
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
