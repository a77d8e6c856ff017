import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { table } from "../lib/table.ts";
import { anyIs, severityColours } from "../lib/thresholds.ts";
import { timeSeries } from "../lib/visualizations.ts";
import { inNamespaces, ofServices } from "./selectors.ts";

const by = "by (namespace, workload)";

/** The same number of each kind of workload, which each kind calls by another name. */
function ofKinds(deployment: string, statefulset: string, daemonset: string): string {
  const of = (metric: string) => `max ${by} (${ofServices(metric)})`;
  return [`kube_deployment_${deployment}`, `kube_statefulset_${statefulset}`, `kube_daemonset_${daemonset}`]
    .map(of)
    .join(" or ");
}

const wanted = ofKinds("spec_replicas", "replicas", "status_desired_number_scheduled");
const ready = ofKinds("status_replicas_ready", "status_replicas_ready", "status_number_ready");
const updated = ofKinds("status_replicas_updated", "status_replicas_updated", "status_updated_number_scheduled");

/** Whether each workload has the pods it should have, and what keeps its pods from running. */
export const workloads: Row = {
  title: "Workloads",
  panels: [
    table(
      {
        title: "Workloads and their pods",
        description:
          "Pods that each Deployment, StatefulSet and DaemonSet should have, those that are ready, those of its present version, and how many are missing.",
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
        description: "Containers that have not started, or not again, and the reason that Kubernetes gives.",
        unit: "short",
        width: 8,
        height: 10,
        alerts: ["KubernetesPodNotReady", "KubernetesPodCrashLooping"],
        queries: [
          mayBeEmpty(
            "No container waits for anything.",
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
      description: "Starts of each container within an hour, where there was any.",
      unit: "short",
      decimals: 0,
      min: 0,
      width: 10,
      alerts: ["KubernetesPodCrashLooping"],
      thresholds: { fires: "above", alerts: ["KubernetesPodCrashLooping"] },
      queries: [
        mayBeEmpty(
          "No container has started again.",
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
          "Reason of the last end of each container that has ended before: OOMKilled was killed for its memory.",
        unit: "short",
        width: 8,
        queries: [
          mayBeEmpty(
            "No container has ended.",
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
        description: "Jobs that failed as often as they may, and how long ago they began.",
        unit: "s",
        width: 6,
        alerts: ["KubernetesJobFailed"],
        queries: [
          mayBeEmpty(
            "No Job has failed.",
            rows(
              `time() - max by (namespace, job_name) (${inNamespaces("kube_job_status_start_time")}) and on (namespace, job_name) ${inNamespaces("kube_job_failed", 'condition="true"')} == 1`,
            ),
          ),
        ],
      },
      [
        { of: "namespace", title: "Namespace" },
        { of: "job_name", title: "Job" },
        { of: 0, title: "Began before", decimals: 0 },
      ],
      { title: "Began before", descending: false },
    ),
  ],
};
