import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { bad, good } from "../lib/thresholds.ts";
import { timeline, timeSeries } from "../lib/visualizations.ts";
import { ofNodes } from "./selectors.ts";

const ready = `max by (node) (${ofNodes("kube_node_status_condition", 'condition="Ready", status="true"')})`;
const readiness = { "0": { text: "Not ready", color: bad }, "1": { text: "Ready", color: good } };

/** What pods on a node have reserved of what it can give. */
const reserved = (resource: "cpu" | "memory") =>
  `sum by (node) (${ofNodes("kube_pod_container_resource_requests", `resource="${resource}"`)}) / max by (node) (${ofNodes("kube_node_status_allocatable", `resource="${resource}"`)})`;

/** Each node: whether it is ready, and how much of it is promised to pods. */
export function nodes(measured: boolean): Row {
  return {
    title: "Nodes",
    panels: [
      table(
        {
          title: "Nodes and their room",
          description:
            "Whether each node is ready, and the share of its CPU and memory that pods have reserved: at 100 % no further pod is started there, however idle it is.",
          unit: "percentunit",
          width: 24,
          height: 7,
          alerts: ["KubernetesNodeNotReady"],
          queries: [
            rows(ready),
            rows(`max by (node) (${ofNodes("kube_node_spec_unschedulable")})`),
            rows(`count by (node) (${ofNodes("kube_pod_info")})`),
            rows(`max by (node) (${ofNodes("kube_node_status_allocatable", 'resource="pods"')})`),
            rows(reserved("cpu")),
            rows(reserved("memory")),
          ],
        },
        [
          { of: "node", title: "Node" },
          { of: 0, title: "State", unit: "short", words: readiness },
          {
            of: 1,
            title: "Takes pods",
            unit: "short",
            words: { "0": { text: "Yes", color: good }, "1": { text: "Cordoned", color: "yellow" } },
          },
          { of: 2, title: "Pods", unit: "short", decimals: 0 },
          { of: 3, title: "Pods at most", unit: "short", decimals: 0 },
          { of: 4, title: "CPU reserved", decimals: 0 },
          { of: 5, title: "Memory reserved", decimals: 0 },
        ],
        { title: "Node", descending: false },
      ),
      timeline({
        title: "Nodes over time",
        description: "When each node was ready, and when it was not.",
        unit: "short",
        width: measured ? 8 : 12,
        mappings: readiness,
        thresholds: [
          { value: null, color: bad },
          { value: 1, color: good },
        ],
        alerts: ["KubernetesNodeNotReady"],
        queries: [range(ready, "{{node}}")],
      }),
      ...(measured ? [used("CPU"), used("memory")] : []),
      timeSeries({
        title: "Nodes under pressure",
        description: "Nodes that lack memory, disk space or process numbers, by what they lack: they evict pods.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: measured ? 24 : 12,
        height: measured ? 5 : 8,
        queries: [
          mayBeEmpty(
            "No node lacks anything.",
            range(
              `sum by (condition) (${ofNodes("kube_node_status_condition", 'condition=~"MemoryPressure|DiskPressure|PIDPressure", status="true"')}) > 0`,
              "{{condition}}",
            ),
          ),
        ],
      }),
    ],
  };
}

/** "/" is the control group that holds all others of a node. */
const wholeNode = `${job("cadvisor")}, instance=~"$instance", id="/"`;

function used(what: "CPU" | "memory") {
  return timeSeries({
    title: `Node ${what}`,
    description:
      what === "CPU"
        ? "CPUs that everything on each node takes."
        : "Memory that everything on each node cannot do without.",
    unit: what === "CPU" ? "short" : "bytes",
    min: 0,
    width: 8,
    queries: [
      range(
        what === "CPU"
          ? `sum by (instance) (rate(container_cpu_usage_seconds_total{${wholeNode}}[$__rate_interval]))`
          : `max by (instance) (container_memory_working_set_bytes{${wholeNode}})`,
        "{{instance}}",
      ),
    ],
  });
}
