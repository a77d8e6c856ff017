import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, targetLabels, time } from "./expression.ts";
import { recorded } from "./recording.ts";

/** Labels without those of kube-state-metrics itself: a restart of it must not cause a new alert. */
const ofPod = "namespace, pod, cluster, env";
const ofContainer = "namespace, pod, container, cluster, env";

/** Pods with their service, which is taken from a pod label. */
const services = `max by (${ofPod}, service) (kube_pod_labels)`;

const backingOff = 'kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}';

/** Kubernetes alerts: pods, nodes, claims, Jobs, rollouts, certificates. */
export function kubernetesAlerts(settings: Settings): AlertingRule[] {
  if (!traitsOf(settings).discoversTargets) return [];
  return [
    ...(settings.exporters.kubeStateMetrics.enabled
      ? [...pods(settings), ...nodes(settings), ...workloads(settings)]
      : []),
    ...volumes(settings),
    ...certificates(settings),
  ];
}

function pods(settings: Settings): AlertingRule[] {
  return [
    ...alert(settings, "KubernetesPodCrashLooping", ({ threshold, window }) => ({
      // The kubelet increases the back-off after each crash, so restarts are counted over an hour, and the container must
      // currently be in back-off.
      expression: promql`
        (
          max by (${ofContainer}) (round(increase(kube_pod_container_status_restarts_total[${window}]))) > ${threshold}
            and max by (${ofContainer}) (max_over_time(${backingOff}[5m])) == 1
        )
          * on (${ofPod}) group_left (service) ${services}`,
      summary: "{{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }}) keeps crashing",
      description: `Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} restarted {{ $value | printf "%.0f" }} times in the last ${window}, more than ${threshold}, and Kubernetes increases the delay before each restart. The container is mostly unavailable.`,
      dashboard: "kubernetes",
    })),
    ...alert(settings, "KubernetesPodNotReady", () => ({
      // Unschedulable pods have no ready status, and completed pods never become ready. Crash-looping pods have their own
      // alert.
      expression: promql`
        ${services}
          and on (${ofPod}) kube_pod_status_phase{phase=~"Pending|Running|Unknown"} == 1
          unless on (${ofPod}) kube_pod_status_ready{condition="true"} == 1
          unless on (${ofPod}) ${backingOff} == 1`,
      summary: "{{ $labels.namespace }}/{{ $labels.pod }} is not ready",
      description:
        "Pod {{ $labels.namespace }}/{{ $labels.pod }} is not becoming ready: it cannot be scheduled, an image or a volume is missing, or its readiness probe fails. It receives no traffic; the other pods of {{ $labels.service }} handle its share.",
      dashboard: "kubernetes",
    })),
  ];
}

function nodes(settings: Settings): AlertingRule[] {
  return alert(settings, "KubernetesNodeNotReady", () => ({
    expression: 'max by (node, cluster, env) (kube_node_status_condition{condition="Ready", status="true"}) == 0',
    summary: "Node {{ $labels.node }} is not ready",
    description:
      "The kubelet of {{ $labels.node }} reports that it is not ready, or does not report at all. No pods are scheduled there, and after five minutes Kubernetes evicts its pods. Pods with a local volume on that node remain unavailable.",
    dashboard: "kubernetes",
    service: "kubernetes",
  }));
}

/** Number of missing updated and ready pods of workloads without progress in the window. */
function missing(wanted: string, settled: readonly string[], window: string): string {
  return promql`
    (
      ${settled.map((metric) => `${wanted} - ${metric} > 0`).join("\n  or ")}
    )
      ${settled.map((metric) => `and changes(${metric}[${window}]) == 0`).join("\n")}`;
}

function workloads(settings: Settings): AlertingRule[] {
  const ofWorkload = "namespace, workload, service, cluster, env";
  return [
    ...alert(settings, "KubernetesDeploymentNotProgressing", ({ threshold, window }) => ({
      // StatefulSets and DaemonSets may keep old pods intentionally, so only readiness counts for them.
      expression: promql`
        max by (${ofWorkload}) (
          ${missing("kube_deployment_spec_replicas", ["kube_deployment_status_replicas_updated", "kube_deployment_status_replicas_ready"], window)}
          or
          ${missing("kube_statefulset_replicas", ["kube_statefulset_status_replicas_ready"], window)}
          or
          ${missing("kube_daemonset_status_desired_number_scheduled", ["kube_daemonset_status_number_ready"], window)}
        ) > ${threshold}`,
      summary: '{{ $labels.namespace }} {{ $labels.workload }} is missing {{ $value | printf "%.0f" }} pods',
      description: `{{ $labels.workload }} in {{ $labels.namespace }} is missing {{ $value | printf "%.0f" }} updated and ready pods, more than ${threshold}, and has made no progress for ${window}. A rollout is stuck, or lost pods are not replaced. Existing pods still serve traffic.`,
      dashboard: "kubernetes",
    })),
    ...alert(settings, "KubernetesJobFailed", ({ window }) => ({
      // A failed Job exists until it is deleted, so alert only for the length of the window.
      expression: promql`
        max by (namespace, job_name, service, cluster, env) (kube_job_failed{condition="true"}) == 1
          unless on (namespace, job_name, cluster, env) kube_job_failed{condition="true"} offset ${window} == 1`,
      summary: "Job {{ $labels.namespace }}/{{ $labels.job_name }} failed",
      description: `Job {{ $labels.namespace }}/{{ $labels.job_name }} reached its backoff limit and will not be retried, so its work has not been done. This alert fires for ${window}, or until the Job is deleted.`,
      dashboard: "kubernetes",
    })),
  ];
}

function volumes(settings: Settings): AlertingRule[] {
  return alert(settings, "KubernetesVolumeFillingUp", ({ threshold }) => ({
    expression: `${recorded.volumeFree} < ${threshold}`,
    summary:
      "{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} free space left",
    description: `{{ $value | humanizePercentage }} of the volume of claim {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is free, below the threshold of ${percent(threshold)}. When it is full, writes fail: databases stop, and Prometheus and Loki lose data.`,
    dashboard: "kubernetes",
  }));
}

function certificates(settings: Settings): AlertingRule[] {
  return alert(settings, "KubernetesCertificateExpiring", ({ threshold, window }) => ({
    // Kubelets report their own certificate; for all other clients, only the API server knows the expiry.
    expression: promql`
      min by (${targetLabels}) (kubelet_certificate_manager_client_ttl_seconds) < ${threshold}
        or histogram_quantile(
          0.01,
          sum by (${targetLabels}, le) (rate(apiserver_client_certificate_expiration_seconds_bucket[${window}]))
        ) < ${threshold}`,
    summary: "A client certificate of the cluster expires in {{ $value | humanizeDuration }}",
    description: `{{ if eq $labels.job "kubelet" }}The client certificate of the kubelet on {{ $labels.instance }}{{ else }}A client certificate used with the API server on {{ $labels.instance }}{{ end }} expires in {{ $value | humanizeDuration }}, less than ${time(threshold)}. It should have been renewed by now; once it has expired, the API server rejects it.`,
    dashboard: "kubernetes",
    service: "kubernetes",
  }));
}
