import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { bad, good } from "../lib/thresholds.ts";
import { timeline, timeSeries } from "../lib/visualizations.ts";
import { ofNodes } from "./selectors.ts";

const ready = `max by (node) (${ofNodes("kube_node_status_condition", 'condition="Ready", status="true"')})`;
const readiness = { "0": { text: "Not ready", color: bad }, "1": { text: "Ready", color: good } };

/** Requests of the pods on a node, as a share of its allocatable resources. */
const reserved = (resource: "cpu" | "memory") =>
  `sum by (node) (${ofNodes("kube_pod_container_resource_requests", `resource="${resource}"`)}) / max by (node) (${ofNodes("kube_node_status_allocatable", `resource="${resource}"`)})`;

/** Readiness and requested resources of each node. */
export function nodes(measured: boolean): Row {
  return {
    title: "Nodes",
    panels: [
      table(
        {
          title: "Nodes and their room",
          description:
            "Readiness of each node, and the share of its CPU and memory requested by pods. At 100 %, no more pods are scheduled there, even if the node is idle.",
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
            title: "Schedulable",
            unit: "short",
            words: { "0": { text: "Yes", color: good }, "1": { text: "Cordoned", color: "yellow" } },
          },
          { of: 2, title: "Pods", unit: "short", decimals: 0 },
          { of: 3, title: "Max pods", unit: "short", decimals: 0 },
          { of: 4, title: "CPU requests", decimals: 0 },
          { of: 5, title: "Memory requests", decimals: 0 },
        ],
        { title: "Node", descending: false },
      ),
      timeline({
        title: "Nodes over time",
        description: "When each node was ready or not ready.",
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
        description: "Nodes under memory, disk or PID pressure. Such nodes evict pods.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: measured ? 24 : 12,
        height: measured ? 5 : 8,
        queries: [
          mayBeEmpty(
            "No nodes are under pressure.",
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

/** "/" is the root cgroup of a node. */
const wholeNode = `${job("cadvisor")}, instance=~"$instance", id="/"`;

function used(what: "CPU" | "memory") {
  return timeSeries({
    title: `Node ${what}`,
    description: what === "CPU" ? "CPU usage of each node, in cores." : "Working set of each node.",
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
