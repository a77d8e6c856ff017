import { traitsOf } from "../../components/platform/traits.ts";
import { ownPods } from "../products/prometheus/cluster-jobs.ts";
import type { Settings } from "../settings/schema.ts";
import type { RuleGroup } from "./alert.ts";
import { promql } from "./expression.ts";
import { watchesProbes } from "./monitored.ts";

/** Nodes and pods that may be down on purpose. */
export const plannedSeries = {
  nodes: "node:kube_node_away:max10m",
  pods: "pod:kube_pod_away:max",
} as const;

/** How long a node counts as taken down on purpose after the last sign of it. Covers a reboot. */
const grace = "10m";

/** Jobs with one target per node, whose `instance` is the name of the node. */
const nodeJobs = "cadvisor|kubelet|node";

const ofNode = "node, cluster, env";
const ofPod = "namespace, pod, cluster, env";

const unschedulable = "kube_node_spec_unschedulable";
const ready = 'kube_node_status_condition{condition="Ready", status="true"}';

/** Pods that are being deleted. A pod that outlives its grace period by five minutes is stuck. */
export const leaving = "kube_pod_deletion_timestamp > time() - 300";

/** Pods that are not ready because their node is not. */
export const onNodesNotReady = `kube_pod_info and on (${ofNode}) ${ready} == 0`;

/** Whether the state of nodes and pods is known. */
export function knowsState(settings: Settings): boolean {
  return traitsOf(settings).discoversTargets && settings.exporters.kubeStateMetrics.enabled;
}

/** Records the nodes and pods that may be down on purpose. */
export const planned: RuleGroup = {
  name: "planned",
  rules: [
    {
      // Nodes that are cordoned, not ready or deleted, or were a moment ago.
      record: plannedSeries.nodes,
      expr: promql`
        max by (${ofNode}) (max_over_time(${unschedulable}[${grace}])) == 1
          or max by (${ofNode}) (min_over_time(${ready}[${grace}])) == 0
          or max by (${ofNode}) (min_over_time(${unschedulable}[${grace}])) unless on (${ofNode}) ${unschedulable}`,
    },
    {
      // Pods that are being deleted, those of DaemonSets on nodes that are away, and all pods of a cordoned node that went
      // down. The kubelet stops responding before Kubernetes declares its node not ready.
      record: plannedSeries.pods,
      expr: promql`
        max by (${ofPod}) (
          ${leaving}
            or kube_pod_info{created_by_kind="DaemonSet"} and on (${ofNode}) (
              ${plannedSeries.nodes}
                or label_replace(up{job="kubelet"} == 0, "node", "$1", "instance", "(.+)")
            )
            or kube_pod_info
              and on (${ofNode}) max_over_time(${unschedulable}[${grace}]) == 1
              and on (${ofNode}) label_replace(min_over_time(up{job="kubelet"}[${grace}]) == 0, "node", "$1", "instance", "(.+)")
        )`,
    },
  ],
};

/**
 * Targets that are down, except probes, which have an alert of their own, and nodes and pods that were taken down on purpose:
 * KubernetesNodeNotReady fires for nodes that stay away. Kubelet and cAdvisor are one process, so only the kubelet is reported.
 */
export function down(settings: Settings): string {
  const all = watchesProbes(settings) ? 'up{job!="probe"} == 0' : "up == 0";
  if (!knowsState(settings)) return all;
  const { kubernetes } = settings;
  // Their `instance` is the pod and port.
  const ownJobs = ownPods(settings).map(({ job }) => job);
  return promql`
    ${all}
      unless max_over_time(up{job=~"${nodeJobs}"}[5m]) > 0
      unless (up{job="cadvisor"} and on (instance, cluster, env) up{job="kubelet"} == 0)
      unless on (instance, cluster, env) label_replace(${plannedSeries.nodes}, "instance", "$1", "node", "(.+)")
      unless on (${ofPod}) ${plannedSeries.pods}
      unless on (job, instance, cluster, env) (
        label_replace(up{job=~"${ownJobs.join("|")}"}, "pod", "$1", "instance", "(.+):.+")
          and on (pod, cluster, env) ${plannedSeries.pods}{namespace=~"${kubernetes.namespace}|${kubernetes.agentsNamespace}"}
      )`;
}

/** A job without targets, unless its Deployment or StatefulSet is scaled to zero or was until a moment ago. */
export function withoutTargets(settings: Settings, job: string, service: string): string {
  const absent = `absent(up{job="${job}"})`;
  if (!knowsState(settings)) return absent;
  const names = [...new Set([job, service])].join("|");
  return promql`
    ${absent}
      unless on () sum(
        min_over_time(kube_deployment_spec_replicas{service=~"${names}"}[5m])
          or min_over_time(kube_statefulset_replicas{service=~"${names}"}[5m])
      ) == 0`;
}
