/** Platforms a stack can run on. */
export const platformNames = ["docker", "kubernetes"] as const;
export type PlatformName = (typeof platformNames)[number];

/** How one platform differs from the others, as far as anything outside this folder has to know. */
export interface Traits {
  /** Pulumi's provider: the npm package `@pulumi/<provider>`, and the plugin `pulumi-resource-<provider>`. */
  readonly provider: "docker" | "kubernetes";
  /** Workloads run on this machine's Docker Engine, whose state, logs and images can be read there. */
  readonly usesDockerEngine: boolean;
  /** Ports are published on a host, so no two may be the same. */
  readonly publishesPorts: boolean;
  /** A workload can have several replicas. */
  readonly hasReplicas: boolean;
  /** Pods, nodes and services are discovered; without it, everything scraped is configured. */
  readonly discoversTargets: boolean;
  /** What reports the containers' CPU and memory: a cAdvisor workload, or each node's kubelet. */
  readonly containerMetrics: "cadvisor" | "kubelet";
  /** Labels that identify a container in those metrics. */
  readonly containerLabels: readonly string[];
  /** Exporters of one kind share a domain: `<exporter>.<kind>-exporters`. */
  readonly groupsExporters: boolean;
  /** Workloads can share a directory in memory, as the demo's programs do for their logs. */
  readonly sharesMemory: boolean;
  /** How a legend names such a container. */
  readonly containerLegend: string;
  /** Largest size of the user's own dashboards in KiB. */
  readonly extraDashboardsLimit: number;
  /** Switches whose default is not the one in the schema. */
  readonly defaults: readonly (readonly [path: readonly string[], value: boolean])[];
}

const traits = {
  docker: {
    provider: "docker",
    usesDockerEngine: true,
    publishesPorts: true,
    hasReplicas: false,
    discoversTargets: false,
    containerMetrics: "cadvisor",
    containerLabels: ["name"],
    containerLegend: "{{name}}",
    groupsExporters: false,
    sharesMemory: true,
    extraDashboardsLimit: Number.POSITIVE_INFINITY,
    defaults: [],
  },
  kubernetes: {
    provider: "kubernetes",
    usesDockerEngine: false,
    publishesPorts: false,
    hasReplicas: true,
    discoversTargets: true,
    containerMetrics: "kubelet",
    containerLabels: ["namespace", "pod", "container"],
    containerLegend: "{{namespace}}/{{pod}} {{container}}",
    groupsExporters: true,
    sharesMemory: false,
    // A ConfigMap holds 1024, https://kubernetes.io/docs/concepts/configuration/configmap/; the rest is the project's.
    extraDashboardsLimit: 600,
    // Nodes have no Docker to ask, and pods and objects can be read.
    defaults: [
      [["logs", "sources", "containers", "enabled"], false],
      [["logs", "sources", "syslog", "enabled"], false],
      [["logs", "sources", "pods", "enabled"], true],
      [["exporters", "kubeStateMetrics", "enabled"], true],
    ],
  },
} as const satisfies Record<PlatformName, Traits>;

/** The traits of the platform that a stack runs on. */
export function traitsOf({ platform }: { readonly platform: PlatformName }): Traits {
  return traits[platform];
}
