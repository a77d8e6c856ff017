import type { Row } from "../lib/dashboard.ts";
import { instant, range } from "../lib/query.ts";
import { anyIs, severityColours } from "../lib/thresholds.ts";
import { stat, timeSeries } from "../lib/visualizations.ts";
import { countOf, inNamespaces, ofNodes } from "./selectors.ts";

const high = anyIs(severityColours.high);
const medium = anyIs(severityColours.medium);

const notReady = `${inNamespaces("kube_pod_status_phase", 'phase=~"Pending|Running|Unknown"')} == 1 unless on (namespace, pod, cluster) ${inNamespaces("kube_pod_status_ready", 'condition="true"')} == 1`;

/** What is not as it should be, counted. */
export const overview: Row = {
  title: "At a glance",
  panels: [
    stat({
      title: "Nodes not ready",
      description: "Nodes whose kubelet does not report that it is ready, or reports nothing.",
      unit: "short",
      width: 6,
      height: 5,
      thresholds: high,
      alerts: ["KubernetesNodeNotReady"],
      queries: [
        instant(
          countOf(`${ofNodes("kube_node_status_condition", 'condition="Ready", status="true"')} == 0`),
          "not ready",
        ),
      ],
    }),
    stat({
      title: "Crashing containers",
      description: "Containers that Kubernetes keeps waiting before it starts them again.",
      unit: "short",
      width: 6,
      height: 5,
      thresholds: high,
      alerts: ["KubernetesPodCrashLooping"],
      queries: [
        instant(
          countOf(`${inNamespaces("kube_pod_container_status_waiting_reason", 'reason="CrashLoopBackOff"')} == 1`),
          "crashing",
        ),
      ],
    }),
    stat({
      title: "Pods not ready",
      description: "Pods that have not ended and are not ready: a few for a moment are a rollout.",
      unit: "short",
      width: 6,
      height: 5,
      thresholds: medium,
      alerts: ["KubernetesPodNotReady"],
      queries: [instant(countOf(notReady), "not ready")],
    }),
    stat({
      title: "Failed Jobs",
      description: "Jobs that failed as often as they may and were not deleted since.",
      unit: "short",
      width: 6,
      height: 5,
      thresholds: medium,
      alerts: ["KubernetesJobFailed"],
      queries: [instant(countOf(`${inNamespaces("kube_job_failed", 'condition="true"')} == 1`), "failed")],
    }),
    timeSeries(
      {
        title: "Pods by phase",
        description:
          "Pods of the chosen namespaces by phase. Pending for long: no node has room, or something is missing.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: 24,
        height: 5,
        queries: [range(`sum by (phase) (${inNamespaces("kube_pod_status_phase")}) > 0`, "{{phase}}")],
      },
      "stacked",
    ),
  ],
};
