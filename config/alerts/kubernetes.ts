import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, targetLabels, time } from "./expression.ts";
import { recorded } from "./recording.ts";

/** The alert's labels, whichever replica of kube-state-metrics told: a new one must not be a new alert. */
const ofPod = "namespace, pod, cluster, env";
const ofContainer = "namespace, pod, container, cluster, env";

/** Pods with their service, which scraping takes from their own label. */
const services = `max by (${ofPod}, service) (kube_pod_labels)`;

const backingOff = 'kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}';

/** What only a cluster has: pods, nodes, claims, Jobs, rollouts, certificates. */
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
      // The kubelet waits longer after each crash, so that a few minutes hold one restart or none: an hour counts them,
      // and that it waits now shows that the last one has not helped.
      expression: promql`
        (
          max by (${ofContainer}) (round(increase(kube_pod_container_status_restarts_total[${window}]))) > ${threshold}
            and max by (${ofContainer}) (max_over_time(${backingOff}[5m])) == 1
        )
          * on (${ofPod}) group_left (service) ${services}`,
      summary: "{{ $labels.namespace }}/{{ $labels.pod }} ({{ $labels.container }}) keeps crashing",
      description: `Container {{ $labels.container }} of pod {{ $labels.namespace }}/{{ $labels.pod }} started {{ $value | printf "%.0f" }} times in the last ${window}, more than ${threshold}, and Kubernetes waits longer before each further start. What it does for users is mostly gone.`,
      dashboard: "kubernetes",
    })),
    ...alert(settings, "KubernetesPodNotReady", () => ({
      // A pod that no node takes says nothing of being ready, and one that has ended never will; what keeps crashing has
      // an alert of its own.
      expression: promql`
        ${services}
          and on (${ofPod}) kube_pod_status_phase{phase=~"Pending|Running|Unknown"} == 1
          unless on (${ofPod}) kube_pod_status_ready{condition="true"} == 1
          unless on (${ofPod}) ${backingOff} == 1`,
      summary: "{{ $labels.namespace }}/{{ $labels.pod }} does not get ready",
      description:
        "Pod {{ $labels.namespace }}/{{ $labels.pod }} has been there all this time without being ready: no node takes it, an image or a volume is missing, or its readiness probe fails. Kubernetes sends it no traffic; the other pods of {{ $labels.service }} carry its share.",
      dashboard: "kubernetes",
    })),
  ];
}

function nodes(settings: Settings): AlertingRule[] {
  return alert(settings, "KubernetesNodeNotReady", () => ({
    expression: 'max by (node, cluster, env) (kube_node_status_condition{condition="Ready", status="true"}) == 0',
    summary: "Node {{ $labels.node }} is not ready",
    description:
      "The kubelet of {{ $labels.node }} reports that it is not ready, or reports nothing. No pod is started there, and after five minutes Kubernetes moves those that run there; what has its volume on that node stays away with it.",
    dashboard: "kubernetes",
    service: "kubernetes",
  }));
}

/** Pods that should be there, and are not up to date and ready, of workloads where that has not changed for a while. */
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
      // StatefulSets and DaemonSets may keep old pods on purpose: of them only being ready counts.
      expression: promql`
        max by (${ofWorkload}) (
          ${missing("kube_deployment_spec_replicas", ["kube_deployment_status_replicas_updated", "kube_deployment_status_replicas_ready"], window)}
          or
          ${missing("kube_statefulset_replicas", ["kube_statefulset_status_replicas_ready"], window)}
          or
          ${missing("kube_daemonset_status_desired_number_scheduled", ["kube_daemonset_status_number_ready"], window)}
        ) > ${threshold}`,
      summary: '{{ $labels.namespace }} {{ $labels.workload }} is {{ $value | printf "%.0f" }} pods short',
      description: `{{ $labels.workload }} in {{ $labels.namespace }} lacks {{ $value | printf "%.0f" }} pods that are up to date and ready, more than ${threshold}, and nothing has changed about it for ${window}. A rollout is stuck, or pods that went away do not come back; the old ones still serve, where there are any.`,
      dashboard: "kubernetes",
    })),
    ...alert(settings, "KubernetesJobFailed", ({ window }) => ({
      // A Job that failed stays until somebody deletes it: only for so long is it news.
      expression: promql`
        max by (namespace, job_name, service, cluster, env) (kube_job_failed{condition="true"}) == 1
          unless on (namespace, job_name, cluster, env) kube_job_failed{condition="true"} offset ${window} == 1`,
      summary: "Job {{ $labels.namespace }}/{{ $labels.job_name }} failed",
      description: `Job {{ $labels.namespace }}/{{ $labels.job_name }} failed as often as it may and is not tried again: what it was to do has not been done. This is told for ${window}, or until the Job is deleted.`,
      dashboard: "kubernetes",
    })),
  ];
}

function volumes(settings: Settings): AlertingRule[] {
  return alert(settings, "KubernetesVolumeFillingUp", ({ threshold }) => ({
    expression: `${recorded.volumeFree} < ${threshold}`,
    summary: "{{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left",
    description: `{{ $value | humanizePercentage }} of the volume of claim {{ $labels.namespace }}/{{ $labels.persistentvolumeclaim }} is free, below ${percent(threshold)}. When it is full, what writes to it stops: a database refuses writes, Prometheus and Loki lose data.`,
    dashboard: "kubernetes",
  }));
}

function certificates(settings: Settings): AlertingRule[] {
  return alert(settings, "KubernetesCertificateExpiring", ({ threshold, window }) => ({
    // A kubelet knows its own; of all other clients only the API server sees how long theirs still last.
    expression: promql`
      min by (${targetLabels}) (kubelet_certificate_manager_client_ttl_seconds) < ${threshold}
        or histogram_quantile(
          0.01,
          sum by (${targetLabels}, le) (rate(apiserver_client_certificate_expiration_seconds_bucket[${window}]))
        ) < ${threshold}`,
    summary: "A client certificate of the cluster expires in {{ $value | humanizeDuration }}",
    description: `{{ if eq $labels.job "kubelet" }}The certificate with which the kubelet of {{ $labels.instance }} calls the API server{{ else }}A certificate with which somebody calls the API server on {{ $labels.instance }}{{ end }} is valid for {{ $value | humanizeDuration }} more, less than ${time(threshold)}. It should have been renewed by now; once it has expired, the API server refuses whoever shows it.`,
    dashboard: "kubernetes",
    service: "kubernetes",
  }));
}
