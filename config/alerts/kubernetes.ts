import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, targetLabels, time } from "./expression.ts";
import { leaving, onNodesNotReady } from "./planned.ts";
import { realFilesystems, recorded } from "./recording.ts";

/** Labels without those of kube-state-metrics itself: a restart of it must not cause a new alert. */
const ofPod = "namespace, pod, cluster, env";
const ofContainer = "namespace, pod, container, cluster, env";

/** Pods with their service, which is taken from a pod label. */
const services = `max by (${ofPod}, service) (kube_pod_labels)`;

const backingOff = 'kube_pod_container_status_waiting_reason{reason="CrashLoopBackOff"}';

/** Unschedulable pods have no ready status, and completed pods never become ready. */
const notReady = promql`
  kube_pod_status_phase{phase=~"Pending|Running|Unknown"} == 1
    unless on (${ofPod}) kube_pod_status_ready{condition="true"} == 1
    unless on (${ofPod}) ${leaving}`;

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
      // Crash-looping pods and nodes that are not ready have their own alerts.
      expression: promql`
        ${services}
          and on (${ofPod}) (
            ${notReady}
          )
          unless on (${ofPod}) max_over_time(${backingOff}[5m]) == 1
          unless on (${ofPod}) (${onNodesNotReady})`,
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

/**
 * Number of missing updated and ready pods of workloads without progress in the window. The window starts anew when a workload
 * is created or scaled.
 */
function missing(wanted: string, settled: readonly string[], window: string): string {
  return promql`
    (
      ${settled.map((metric) => `${wanted} - ${metric} > 0`).join("\n  or ")}
    )
      ${[wanted, ...settled].map((metric) => `and changes(${metric}[${window}]) == 0`).join("\n")}
      and on (${ofWorkload}) ${wanted} offset ${window}`;
}

const ofWorkload = "namespace, workload, cluster, env";

/** Excludes workloads with pods that are not ready: the alerts of these pods name the cause. */
const ofPodsNotReady = unless(
  ofWorkload,
  promql`
    (
      ${[
        ["ReplicaSet", "deployment", "(.+)-[^-]+"],
        ["StatefulSet", "statefulset", "(.+)"],
        ["DaemonSet", "daemonset", "(.+)"],
      ]
        .map(([kind, workload, name]) => {
          const pods = `kube_pod_info{created_by_kind="${kind}"}`;
          return `label_replace(${pods}, "workload", "${workload}/$1", "created_by_name", "${name}")`;
        })
        .join("\n  or ")}
    )
      and on (${ofPod}) (
        ${notReady}
      )`,
);

/** The end of an expression that excludes what another one returns. */
function unless(labels: string, expression: string): string {
  return promql`
    unless on (${labels}) (
      ${expression}
    )`;
}

function workloads(settings: Settings): AlertingRule[] {
  const podsHaveAlerts = settings.alerting.rules.KubernetesPodNotReady.enabled;
  return [
    ...alert(settings, "KubernetesDeploymentNotProgressing", ({ threshold, window }) => ({
      // StatefulSets and DaemonSets may keep old pods intentionally, so only readiness counts for them.
      expression: promql`
        max by (namespace, workload, service, cluster, env) (
          ${missing("kube_deployment_spec_replicas", ["kube_deployment_status_replicas_updated", "kube_deployment_status_replicas_ready"], window)}
          or
          ${missing("kube_statefulset_replicas", ["kube_statefulset_status_replicas_ready"], window)}
          or
          ${missing("kube_daemonset_status_desired_number_scheduled", ["kube_daemonset_status_number_ready"], window)}
        ) > ${threshold}
          unless on (${ofWorkload}) max by (${ofWorkload}) (
            label_replace(kube_deployment_spec_paused == 1, "workload", "deployment/$1", "deployment", "(.+)")
          )
          ${podsHaveAlerts ? ofPodsNotReady : ""}`,
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

/** Claims that are folders of a host's filesystem, recognized by its size, if LowDiskSpace reports that filesystem. */
function onFullHosts({ alerting, exporters }: Settings): string {
  const { enabled, threshold = 0 } = alerting.rules.LowDiskSpace;
  if (!enabled || !exporters.node.enabled) return "";
  const ofClaim = "namespace, persistentvolumeclaim, cluster, env";
  const sizes = (by: string, metric: string) => `count_values by (${by}) ("size", ${metric})`;
  const full = promql`
    node_filesystem_size_bytes{${realFilesystems}}
      and node_filesystem_avail_bytes{${realFilesystems}} / node_filesystem_size_bytes{${realFilesystems}} < ${threshold}`;
  const claims = sizes(`instance, ${ofClaim}`, "kubelet_volume_stats_capacity_bytes");
  return unless(
    ofClaim,
    promql`
      ${claims}
        and on (instance, size, cluster, env) ${sizes("instance, cluster, env", full)}`,
  );
}

function volumes(settings: Settings): AlertingRule[] {
  return alert(settings, "KubernetesVolumeFillingUp", ({ threshold }) => ({
    expression: promql`
      ${recorded.volumeFree} < ${threshold}
        ${onFullHosts(settings)}`,
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
