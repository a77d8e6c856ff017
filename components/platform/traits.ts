/** Platforms a stack can run on. */
export const platformNames = ["docker", "kubernetes"] as const;
export type PlatformName = (typeof platformNames)[number];

/** Platform differences that code outside this folder depends on. */
export interface Traits {
  /** Pulumi's provider: the npm package `@pulumi/<provider>`, and the plugin `pulumi-resource-<provider>`. */
  readonly provider: "docker" | "kubernetes";
  /** Workloads run on a Docker Engine whose state, logs and images are accessible. */
  readonly usesDockerEngine: boolean;
  /** Ports are published on a host and must be unique. */
  readonly publishesPorts: boolean;
  /** Supports replicas. */
  readonly hasReplicas: boolean;
  /** A workload's host name keeps its address when the workload restarts. */
  readonly keepsAddresses: boolean;
  /** Sidecars run in the pods of their workload, with its names; otherwise each has its own name. */
  readonly sidecarsSharePods: boolean;
  /** Discovers pods, nodes and services; otherwise all targets are configured. */
  readonly discoversTargets: boolean;
  /** Source of container metrics: a cAdvisor workload, or the kubelets. */
  readonly containerMetrics: "cadvisor" | "kubelet";
  /** Labels that identify a container in these metrics. */
  readonly containerLabels: readonly string[];
  /** Exporters of a kind share a domain: `<exporter>.<kind>-exporters`. */
  readonly groupsExporters: boolean;
  /** Workloads can share an in-memory directory, as the demo does for its logs. */
  readonly sharesMemory: boolean;
  /** Legend format of a container. */
  readonly containerLegend: string;
  /** Maximum total size of user dashboards, in KiB. */
  readonly extraDashboardsLimit: number;
  /** Maximum total size of user rules of Prometheus, and of Loki, in KiB. */
  readonly extraRulesLimit: number;
  /** Defaults that differ from the schema. */
  readonly defaults: readonly (readonly [path: readonly string[], value: boolean])[];
}

const traits = {
  docker: {
    provider: "docker",
    usesDockerEngine: true,
    publishesPorts: true,
    hasReplicas: false,
    keepsAddresses: false,
    sidecarsSharePods: false,
    discoversTargets: false,
    containerMetrics: "cadvisor",
    containerLabels: ["name"],
    containerLegend: "{{name}}",
    groupsExporters: false,
    sharesMemory: true,
    extraDashboardsLimit: Number.POSITIVE_INFINITY,
    extraRulesLimit: Number.POSITIVE_INFINITY,
    defaults: [],
  },
  kubernetes: {
    provider: "kubernetes",
    usesDockerEngine: false,
    publishesPorts: false,
    hasReplicas: true,
    keepsAddresses: true,
    sidecarsSharePods: true,
    discoversTargets: true,
    containerMetrics: "kubelet",
    containerLabels: ["namespace", "pod", "container"],
    containerLegend: "{{namespace}}/{{pod}} {{container}}",
    groupsExporters: true,
    sharesMemory: false,
    // A ConfigMap is limited to 1024 KiB (https://kubernetes.io/docs/concepts/configuration/configmap/), part of which is used
    // by the built-in dashboards.
    extraDashboardsLimit: 480,
    extraRulesLimit: 600,
    // Nodes have no Docker API; pods and objects are available instead.
    defaults: [
      [["logs", "sources", "containers", "enabled"], false],
      [["logs", "sources", "syslog", "enabled"], false],
      [["logs", "sources", "pods", "enabled"], true],
      [["exporters", "kubeStateMetrics", "enabled"], true],
      // The kubelet's own mounts need a shared root.
      [["exporters", "node", "rslave"], true],
    ],
  },
} as const satisfies Record<PlatformName, Traits>;

/** Traits of the stack's platform. */
export function traitsOf({ platform }: { readonly platform: PlatformName }): Traits {
  return traits[platform];
}
