import { collectsEvents } from "../config/products/events-collector/events.ts";
import { hasLoki } from "../config/products/loki/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { events } from "./kubernetes/events.ts";
import { namespaces } from "./kubernetes/namespaces.ts";
import { nodes } from "./kubernetes/nodes.ts";
import { overview } from "./kubernetes/overview.ts";
import { certificates, volumes } from "./kubernetes/volumes.ts";
import { workloads } from "./kubernetes/workloads.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard } from "./lib/dashboard.ts";
import { cluster, lokiSource, prometheusSource, seriesLabel, type Variable } from "./lib/variables.ts";

/** Kubernetes cluster: nodes, namespaces, workloads, claims. */
export function kubernetes(settings: Settings): Dashboard {
  const states = settings.exporters.kubeStateMetrics.enabled;
  const containers = settings.exporters.cadvisor.enabled;
  const hasEvents = collectsEvents(settings) && hasLoki(settings);
  return {
    name: "kubernetes",
    title: "Kubernetes",
    description: "State of the cluster: nodes, namespaces, workloads, claims, certificates.",
    from: "now-3h",
    variables: [
      prometheusSource,
      ...(hasEvents ? [lokiSource] : []),
      cluster,
      ...(states ? [namespace, service] : []),
      node,
    ],
    annotations: annotations(settings),
    rows: [
      ...(states ? [overview] : []),
      ...(hasEvents ? [events(states)] : []),
      ...(states ? [nodes(containers)] : []),
      ...(containers ? [namespaces(states)] : []),
      ...(states ? [workloads] : []),
      volumes(states),
      certificates,
    ],
  };
}

const ofPods = 'kube_pod_labels{cluster=~"$cluster", job="kube-state-metrics"';
const namespace: Variable = seriesLabel("namespace", "Namespace", `${ofPods}}`, ".+");
const service: Variable = seriesLabel("service", "Service", `${ofPods}, namespace=~"$namespace"}`, ".+");

/** Uses the same variable name as the other dashboards. */
const node: Variable = seriesLabel("instance", "Node", 'up{cluster=~"$cluster", job="kubelet"}', ".*");
