import type { Settings } from "../../settings/schema.ts";
import { copy, keep, type RelabelConfig } from "./relabelling.ts";

/**
 * Allowlists for targets that expose thousands of series each: on a cluster of 100 nodes, kubelets, cAdvisor and API servers
 * would outnumber all other series, most of which no rule or dashboard uses.
 */
export const clusterMetrics = {
  cadvisor: [
    "container_cpu_cfs_periods_total",
    "container_cpu_cfs_throttled_periods_total",
    "container_cpu_usage_seconds_total",
    "container_memory_total_active_file_bytes",
    "container_memory_working_set_bytes",
    "container_network_receive_bytes_total",
    "container_network_transmit_bytes_total",
    "container_spec_cpu_period",
    "container_spec_cpu_quota",
    "container_spec_memory_limit_bytes",
    "container_start_time_seconds",
  ],
  kubelet: [
    "kubelet_certificate_manager_client_ttl_seconds",
    "kubelet_volume_stats_available_bytes",
    "kubelet_volume_stats_capacity_bytes",
    "kubelet_volume_stats_used_bytes",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
  ],
  apiserver: [
    "apiserver_client_certificate_expiration_seconds_bucket",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
  ],
  kubeStateMetrics: [
    "kube_daemonset_status_desired_number_scheduled",
    "kube_daemonset_status_number_ready",
    "kube_daemonset_status_updated_number_scheduled",
    "kube_deployment_spec_paused",
    "kube_deployment_spec_replicas",
    "kube_deployment_status_replicas_ready",
    "kube_deployment_status_replicas_updated",
    "kube_job_failed",
    "kube_job_status_start_time",
    "kube_node_spec_unschedulable",
    "kube_node_status_allocatable",
    "kube_node_status_condition",
    "kube_persistentvolumeclaim_resource_requests_storage_bytes",
    "kube_persistentvolumeclaim_status_phase",
    "kube_pod_container_resource_requests",
    "kube_pod_container_status_last_terminated_reason",
    "kube_pod_container_status_restarts_total",
    "kube_pod_container_status_waiting_reason",
    "kube_pod_deletion_timestamp",
    "kube_pod_info",
    "kube_pod_labels",
    "kube_pod_status_phase",
    "kube_pod_status_ready",
    "kube_statefulset_replicas",
    "kube_statefulset_status_replicas_ready",
    "kube_statefulset_status_replicas_updated",
  ],
} as const;

/** Metric relabelling of the cluster jobs. */
export const keptMetrics = {
  cadvisor: (settings: Settings): RelabelConfig[] => [
    only(clusterMetrics.cadvisor),
    // Drops pod cgroups and pause containers; "/" is the node.
    {
      source_labels: ["__name__", "container", "id"],
      regex: "container_(?:cpu|memory|spec|start)_.*;;/.+",
      action: "drop",
    },
    ownNamespaces(settings),
  ],
  kubelet: (settings: Settings): RelabelConfig[] => [only(clusterMetrics.kubelet), ownNamespaces(settings)],
  apiserver: [only(clusterMetrics.apiserver)] as const,
  kubeStateMetrics: (settings: Settings): RelabelConfig[] => [
    only(clusterMetrics.kubeStateMetrics),
    ...["deployment", "statefulset", "daemonset"].flatMap((kind): RelabelConfig[] => [
      copy(kind, "service"),
      // As in kubectl: one label for three kinds.
      { ...copy(kind, "workload"), replacement: `${kind}/$1` },
    ]),
    // A CronJob appends a number to the names of its Jobs.
    copy("job_name", "service", String.raw`(.+?)(?:-\d{8,})?`),
    copy("label_app_kubernetes_io_name", "service"),
    { regex: "label_app_kubernetes_io_name", action: "labeldrop" },
    ownNamespaces(settings),
  ],
} as const;

function only(metrics: readonly string[]): RelabelConfig {
  return keep({ __name__: metrics.join("|") });
}

/** Sets the service of everything in the stack's namespaces to monitoring. */
function ownNamespaces({ kubernetes }: Settings): RelabelConfig {
  const regex = `${kubernetes.namespace}|${kubernetes.agentsNamespace}`;
  return { source_labels: ["namespace"], regex, target_label: "service", replacement: "monitoring" };
}
