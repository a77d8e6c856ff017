import type { Row } from "../lib/dashboard.ts";
import { instant, range } from "../lib/query.ts";
import { anyIs, severityColours } from "../lib/thresholds.ts";
import { stat, timeSeries } from "../lib/visualizations.ts";
import { countOf, inNamespaces, ofNodes } from "./selectors.ts";

const high = anyIs(severityColours.high);
const medium = anyIs(severityColours.medium);

const notReady = `${inNamespaces("kube_pod_status_phase", 'phase=~"Pending|Running|Unknown"')} == 1 unless on (namespace, pod, cluster) ${inNamespaces("kube_pod_status_ready", 'condition="true"')} == 1`;

/** Counts of unhealthy objects. */
export const overview: Row = {
  title: "At a glance",
  panels: [
    stat({
      title: "Nodes not ready",
      description: "Nodes whose kubelet is not ready or does not report.",
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
      description: "Containers in CrashLoopBackOff.",
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
      description: "Running or pending pods that are not ready. A few for a short time are normal during a rollout.",
      unit: "short",
      width: 6,
      height: 5,
      thresholds: medium,
      alerts: ["KubernetesPodNotReady"],
      queries: [instant(countOf(notReady), "not ready")],
    }),
    stat({
      title: "Failed Jobs",
      description: "Failed Jobs that have not been deleted.",
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
          "Pods of the selected namespaces by phase. Pods that stay pending cannot be scheduled, or lack an image or a volume.",
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
