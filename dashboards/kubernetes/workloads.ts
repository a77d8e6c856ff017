import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { table } from "../lib/table.ts";
import { anyIs, severityColours } from "../lib/thresholds.ts";
import { timeSeries } from "../lib/visualizations.ts";
import { inNamespaces, ofServices } from "./selectors.ts";

const by = "by (namespace, workload)";

/** Equivalent metrics of Deployments, StatefulSets and DaemonSets. */
function ofKinds(deployment: string, statefulset: string, daemonset: string): string {
  const of = (metric: string) => `max ${by} (${ofServices(metric)})`;
  return [`kube_deployment_${deployment}`, `kube_statefulset_${statefulset}`, `kube_daemonset_${daemonset}`]
    .map(of)
    .join(" or ");
}

const wanted = ofKinds("spec_replicas", "replicas", "status_desired_number_scheduled");
const ready = ofKinds("status_replicas_ready", "status_replicas_ready", "status_number_ready");
const updated = ofKinds("status_replicas_updated", "status_replicas_updated", "status_updated_number_scheduled");

/** Replicas of each workload, and reasons why pods do not run. */
export const workloads: Row = {
  title: "Workloads",
  panels: [
    table(
      {
        title: "Workloads and their pods",
        description: "Desired, ready, updated and missing pods of each Deployment, StatefulSet and DaemonSet.",
        unit: "short",
        decimals: 0,
        width: 16,
        height: 10,
        alerts: ["KubernetesDeploymentNotProgressing"],
        thresholds: { fires: "above", alerts: ["KubernetesDeploymentNotProgressing"] },
        queries: [rows(wanted), rows(ready), rows(updated), rows(`(${wanted}) - (${ready})`)],
      },
      [
        { of: "workload", title: "Workload", minWidth: 260 },
        { of: 3, title: "Missing", steps: anyIs(severityColours.medium) },
        { of: 0, title: "Wanted" },
        { of: 1, title: "Ready" },
        { of: 2, title: "Up to date" },
        { of: "namespace", title: "Namespace" },
      ],
      { title: "Missing", descending: true },
    ),
    table(
      {
        title: "What containers wait for",
        description: "Containers that are waiting to start or restart, with the reason reported by Kubernetes.",
        unit: "short",
        width: 8,
        height: 10,
        alerts: ["KubernetesPodNotReady", "KubernetesPodCrashLooping"],
        queries: [
          mayBeEmpty(
            "No containers are waiting.",
            rows(
              `max by (namespace, pod, container, reason) (${inNamespaces("kube_pod_container_status_waiting_reason")}) == 1`,
            ),
          ),
        ],
      },
      [
        { of: "namespace", title: "Namespace" },
        { of: "pod", title: "Pod" },
        { of: "container", title: "Container" },
        { of: "reason", title: "Reason" },
      ],
      { title: "Pod", descending: false },
    ),
    timeSeries({
      title: "Restarts",
      description: "Restarts of each container in an hour.",
      unit: "short",
      decimals: 0,
      min: 0,
      width: 10,
      alerts: ["KubernetesPodCrashLooping"],
      thresholds: { fires: "above", alerts: ["KubernetesPodCrashLooping"] },
      queries: [
        mayBeEmpty(
          "No containers restarted.",
          range(
            `round(max by (namespace, pod, container) (increase(${inNamespaces("kube_pod_container_status_restarts_total")}[1h]))) > 0`,
            "{{namespace}}/{{pod}} {{container}}",
          ),
        ),
      ],
    }),
    table(
      {
        title: "How containers ended last",
        description:
          "Reason of the last termination of each container. OOMKilled means that it exceeded its memory limit.",
        unit: "short",
        width: 8,
        queries: [
          mayBeEmpty(
            "No containers terminated.",
            rows(
              `max by (namespace, pod, reason) (${inNamespaces("kube_pod_container_status_last_terminated_reason")}) == 1`,
            ),
          ),
        ],
      },
      [
        { of: "reason", title: "Reason", minWidth: 110 },
        { of: "pod", title: "Pod", minWidth: 200 },
        { of: "namespace", title: "Namespace" },
      ],
      { title: "Reason", descending: true },
    ),
    table(
      {
        title: "Jobs that failed",
        description: "Jobs that reached their backoff limit, and how long ago they started.",
        unit: "s",
        width: 6,
        alerts: ["KubernetesJobFailed"],
        queries: [
          mayBeEmpty(
            "No jobs failed.",
            rows(
              `time() - max by (namespace, job_name) (${inNamespaces("kube_job_status_start_time")}) and on (namespace, job_name) ${inNamespaces("kube_job_failed", 'condition="true"')} == 1`,
            ),
          ),
        ],
      },
      [
        { of: "namespace", title: "Namespace" },
        { of: "job_name", title: "Job" },
        { of: 0, title: "Started", decimals: 0 },
      ],
      { title: "Started", descending: false },
    ),
  ],
};
