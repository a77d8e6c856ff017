import { type Case, of, own, place } from "../case.ts";

/** Labels of stored series from kube-state-metrics. */
const states = { ...own("kube-state-metrics", "kube-state-metrics-5d4:8080"), service: "kubernetes" };

const agents = (node: string) => [
  { ...own("kubelet", node), service: "kubernetes" },
  { ...own("cadvisor", node), service: "cadvisor" },
  { ...own("node", node), service: "host" },
];

/** The three targets of a node. */
function targets(node: string, values: string): Record<string, string> {
  return Object.fromEntries(agents(node).map((target) => [of(target, "up"), values]));
}

/** Series from kube-state-metrics about a node. */
function node(name: string, { unschedulable = "0x200", ready = "1x200" }): Record<string, string> {
  return {
    [of(states, "kube_node_spec_unschedulable", { node: name })]: unschedulable,
    [of(states, "kube_node_status_condition", { node: name, condition: "Ready", status: "true" })]: ready,
  };
}

const podInfo = (pod: string, kind: string, name: string, namespace = "white-room") =>
  of({ ...states, service: "monitoring" }, "kube_pod_info", {
    namespace,
    pod,
    node: "node-2",
    created_by_kind: kind,
    created_by_name: name,
  });

const critical = { severity: "critical", priority: "P0", team: "platform" } as const;
const dashboard = "white-room-system-health";

const down = (target: Readonly<Record<string, string>>) => ({
  labels: { ...target, ...critical },
  summary: `${target["service"]} is down on ${target["instance"]}`,
  description: `Prometheus cannot scrape ${target["instance"]} (job ${target["job"]}): the target does not respond, or responds with an error. The service is probably unavailable to users, and it has no other metrics until it is back.`,
  dashboard,
});

const api = { namespace: "white-room", pod: "api-7c9-x2x" } as const;
const apiTarget = {
  job: "kubernetes-pods",
  instance: "white-room/api-7c9-x2x:8000",
  service: "api",
  ...place,
  ...api,
} as const;

const silent = (...at: readonly string[]) => at.map((each) => ({ at: each, firing: [] }));

const nodes: readonly Case[] = [
  {
    alert: "ServiceDown",
    proves: "comes close and stays silent",
    name: "a node is cordoned, drained and removed",
    series: {
      ...targets("node-1", "1x80"),
      ...targets("node-2", "1x20 0x7 stale"),
      ...node("node-1", {}),
      ...node("node-2", { unschedulable: "0x10 1x17 stale", ready: "1x24 0x3 stale" }),
    },
    checks: silent("6m15s", "6m45s", "7m", "10m"),
  },
  {
    alert: "ServiceDown",
    proves: "comes close and stays silent",
    name: "a spot node disappears without being cordoned",
    series: {
      ...targets("node-2", "1x20 0x10 stale"),
      ...node("node-2", { ready: "1x24 0x6 stale", unschedulable: "0x30 stale" }),
    },
    checks: silent("6m30s", "7m", "7m30s", "10m"),
  },
  {
    alert: "ServiceDown",
    proves: "comes close and stays silent",
    name: "a cordoned node reboots for three minutes, with the pods of its DaemonSets and those that were not evicted",
    series: {
      ...targets("node-2", "1x20 0x12 1x80"),
      ...node("node-2", { unschedulable: "0x10 1x24 0x80", ready: "1x24 0x8 1x80" }),
      [of(own("collector", "alloy-abcde:12345"), "up")]: "1x20 0x13 1x80",
      [podInfo("alloy-abcde", "DaemonSet", "alloy", "monitoring-agents")]: "1x120",
      [of({ ...apiTarget, pod: "proxy-1", instance: "white-room/proxy-1:9000" }, "up")]: "1x20 0x13 1x80",
      [podInfo("proxy-1", "DaemonSet", "proxy")]: "1x120",
      [of(apiTarget, "up")]: "1x20 0x13 1x80",
      [podInfo(api.pod, "ReplicaSet", "api-7c9")]: "1x120",
    },
    checks: silent("6m15s", "7m", "8m15s", "9m"),
  },
  {
    alert: "KubernetesNodeNotReady",
    proves: "fires",
    name: "a cordoned node that does not come back, and nothing else pages",
    series: {
      ...targets("node-2", "1x20 0x120"),
      ...node("node-2", { unschedulable: "0x10 1x200", ready: "1x24 0x120" }),
    },
    checks: [
      { at: "10m", firing: [] },
      {
        at: "11m30s",
        firing: [
          {
            labels: {
              node: "node-2",
              service: "kubernetes",
              ...place,
              severity: "high",
              priority: "P1",
              team: "platform",
            },
            summary: "Node node-2 is not ready",
            description:
              "The kubelet of node-2 reports that it is not ready, or does not report at all. No pods are scheduled there, and after five minutes Kubernetes evicts its pods. Pods with a local volume on that node remain unavailable.",
            dashboard: "white-room-kubernetes",
          },
        ],
      },
      { at: "11m30s", alert: "ServiceDown", firing: [] },
      { at: "25m", alert: "ServiceDown", firing: [] },
    ],
  },
  {
    alert: "ServiceDown",
    proves: "fires",
    name: "node_exporter of a healthy node is down for six minutes; of its kubelet and cAdvisor, only the kubelet",
    series: {
      [of({ ...own("node", "node-1"), service: "host" }, "up")]: "1x20 0x60",
      [of({ ...own("kubelet", "node-3"), service: "kubernetes" }, "up")]: "1x20 0x60",
      [of({ ...own("cadvisor", "node-3"), service: "cadvisor" }, "up")]: "1x20 0x60",
      ...node("node-1", {}),
      ...node("node-3", {}),
    },
    checks: [
      { at: "10m", firing: [] },
      {
        at: "12m",
        firing: [
          down({ ...own("node", "node-1"), service: "host" }),
          down({ ...own("kubelet", "node-3"), service: "kubernetes" }),
        ],
      },
    ],
  },
  {
    alert: "ServiceDown",
    proves: "fires",
    name: "a pod on a cordoned node that works, and a pod of the same name elsewhere is deleted",
    series: {
      ...targets("node-2", "1x80"),
      ...node("node-2", { unschedulable: "1x80" }),
      [of(apiTarget, "up")]: "1x20 0x60",
      [podInfo(api.pod, "ReplicaSet", "api-7c9")]: "1x120",
      [of(states, "kube_pod_deletion_timestamp", { ...api, namespace: "staging" })]: "330x80",
    },
    checks: [
      { at: "5m45s", firing: [] },
      { at: "7m", firing: [down(apiTarget)] },
    ],
  },
];

const replicas = (kind: "deployment" | "statefulset", name: string, metric: string) =>
  of({ ...states, service: name }, `kube_${kind}_${metric}`, {
    namespace: "white-room",
    [kind]: name,
    workload: `${kind}/${name}`,
  });

const otherJobs = Object.fromEntries(
  ["swift-frontend", "audio-engine"].map((job) => [
    of({ job, service: job, instance: "a:1", ...place }, "up"),
    "1x200",
  ]),
);
const backendUp = of({ job: "juce-backend", service: "juce-backend", instance: "juce-backend-1:8000", ...place }, "up");

const operations: readonly Case[] = [
  {
    alert: "ServiceDown",
    proves: "comes close and stays silent",
    name: "a deploy: pods that take two minutes to stop, of an application and of the stack",
    series: {
      [of(apiTarget, "up")]: "1x20 0x8 stale",
      [of(states, "kube_pod_deletion_timestamp", api)]: "_x20 420x8 stale",
      [of(own("prometheus", "prometheus-1:9090"), "up")]: "1x20 0x8 1x60",
      [of(states, "kube_pod_deletion_timestamp", { namespace: "monitoring", pod: "prometheus-1" })]: "_x20 420x8 stale",
    },
    checks: silent("6m15s", "6m45s", "7m15s", "9m"),
  },
  {
    alert: "ServiceDown",
    proves: "fires",
    name: "a pod whose deletion is stuck",
    series: {
      [of(apiTarget, "up")]: "1x20 0x100",
      [of(states, "kube_pod_deletion_timestamp", api)]: "_x20 330x100",
    },
    checks: [
      { at: "10m", firing: [] },
      { at: "12m", firing: [down(apiTarget)] },
    ],
  },
  {
    alert: "ServiceAbsent",
    proves: "comes close and stays silent",
    name: "scaled to zero, and up again for pods that take four minutes to start",
    series: {
      [backendUp]: "1x20 stale _x75 1x40",
      [replicas("deployment", "juce-backend", "spec_replicas")]: "2x18 0x62 2x60",
      ...otherJobs,
    },
    checks: silent("7m", "8m", "15m", "21m", "23m", "25m"),
  },
  {
    alert: "ServiceAbsent",
    proves: "comes close and stays silent",
    name: "a StatefulSet scaled to zero",
    series: {
      [backendUp]: "1x20 stale",
      [replicas("statefulset", "juce-backend", "replicas")]: "2x18 0x100",
      ...otherJobs,
    },
    checks: silent("8m", "20m"),
  },
  {
    alert: "ServiceAbsent",
    proves: "fires",
    name: "two replicas wanted, none available",
    series: {
      [backendUp]: "1x20 stale",
      [replicas("deployment", "juce-backend", "spec_replicas")]: "2x100",
      ...otherJobs,
    },
    checks: [
      { at: "6m45s", firing: [] },
      {
        at: "8m",
        firing: [
          {
            labels: { job: "juce-backend", service: "juce-backend", ...critical },
            summary: "juce-backend has no targets",
            description:
              "Prometheus has no targets for job juce-backend: all instances have disappeared, or none was ever discovered. juce-backend is not monitored, so treat it as down until you have verified that it works.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "KubernetesDeploymentNotProgressing",
    proves: "comes close and stays silent",
    name: "a rollout paused after one of three pods",
    series: {
      [replicas("deployment", "api", "spec_replicas")]: "3x200",
      [replicas("deployment", "api", "status_replicas_updated")]: "3x8 1x192",
      [replicas("deployment", "api", "status_replicas_ready")]: "3x200",
      [replicas("deployment", "api", "spec_paused")]: "0x8 1x192",
    },
    checks: silent("18m", "30m", "45m"),
  },
  {
    alert: "KubernetesDeploymentNotProgressing",
    proves: "comes close and stays silent",
    name: "scaled from three to ten, with pods that take nine minutes to start",
    series: {
      [replicas("deployment", "api", "spec_replicas")]: "3x60 10x100",
      [replicas("deployment", "api", "status_replicas_updated")]: "3x60 10x100",
      [replicas("deployment", "api", "status_replicas_ready")]: "3x96 10x64",
      [replicas("statefulset", "db", "replicas")]: "1x60 3x100",
      [replicas("statefulset", "db", "status_replicas_ready")]: "1x96 3x64",
    },
    checks: silent("21m", "23m", "24m30s", "30m"),
  },
  {
    alert: "KubernetesDeploymentNotProgressing",
    proves: "comes close and stays silent",
    name: "a new Deployment whose pods take nine minutes to start",
    series: {
      [replicas("deployment", "api", "spec_replicas")]: "_x20 3x100",
      [replicas("deployment", "api", "status_replicas_updated")]: "_x20 3x100",
      [replicas("deployment", "api", "status_replicas_ready")]: "_x20 0x36 3x64",
    },
    checks: silent("11m", "13m", "15m"),
  },
  {
    alert: "KubernetesPodNotReady",
    proves: "comes close and stays silent",
    name: "a drained pod that takes half an hour to close its connections",
    series: {
      [of(states, "kube_pod_status_phase", { ...api, phase: "Running" })]: "1x160",
      [of(states, "kube_pod_status_ready", { ...api, condition: "true" })]: "1x20 0x140",
      [of({ ...states, service: "api" }, "kube_pod_labels", api)]: "1x160",
      [of(states, "kube_pod_deletion_timestamp", api)]: "_x20 2100x140",
    },
    checks: silent("21m", "30m", "38m"),
  },
];

const medium = { severity: "medium", priority: "P2", team: "platform" } as const;
const high = { severity: "high", priority: "P1", team: "platform" } as const;

const apiPods = (ready: string) => ({
  [of(states, "kube_pod_status_phase", { ...api, phase: "Running" })]: "1x200",
  [of(states, "kube_pod_status_ready", { ...api, condition: "true" })]: ready,
  [of({ ...states, service: "api" }, "kube_pod_labels", api)]: "1x200",
  [podInfo(api.pod, "ReplicaSet", "api-7c9")]: "1x200",
});
const notReady = {
  labels: { ...api, service: "api", ...place, ...medium },
  summary: "white-room/api-7c9-x2x is not ready",
  description:
    "Pod white-room/api-7c9-x2x is not becoming ready: it cannot be scheduled, an image or a volume is missing, or its readiness probe fails. It receives no traffic; the other pods of api handle its share.",
  dashboard: "white-room-kubernetes",
};

const claim = (metric: string, name = "postgres-data", instance = "node-1") =>
  of({ ...own("kubelet", instance), service: "kubernetes" }, `kubelet_volume_stats_${metric}_bytes`, {
    namespace: "white-room",
    persistentvolumeclaim: name,
  });
const disk = (metric: string, mountpoint = "/", instance = "node-1") =>
  of({ ...own("node", instance), service: "host" }, `node_filesystem_${metric}`, {
    mountpoint,
    fstype: "ext4",
    device: "/dev/vda1",
  });
const diskOf = (available: string, mountpoint?: string, instance?: string) => ({
  [disk("size_bytes", mountpoint, instance)]: "100e9x60",
  [disk("avail_bytes", mountpoint, instance)]: available,
  [disk("readonly", mountpoint, instance)]: "0x60",
});
const claimOf = (available: string, size = "100e9x60", instance = "node-1") => ({
  [claim("available", "postgres-data", instance)]: available,
  [claim("capacity", "postgres-data", instance)]: size,
});
const claimFull = {
  labels: {
    job: "kubelet",
    namespace: "white-room",
    persistentvolumeclaim: "postgres-data",
    service: "kubernetes",
    ...place,
    ...high,
  },
  summary: "white-room/postgres-data has 6% free space left",
  description:
    "6% of the volume of claim white-room/postgres-data is free, below the threshold of 10 %. When it is full, writes fail: databases stop, and Prometheus and Loki lose data.",
  dashboard: "white-room-kubernetes",
};
const hostFull = {
  labels: { ...own("node", "node-1"), service: "host", mountpoint: "/", ...critical },
  summary: "/ on node-1 has 6% free space left",
  description:
    "6% of the filesystem / on node-1 is free, below the threshold of 10 %. When it is full, databases stop writing and logs are lost.",
  dashboard,
};

const oneCause: readonly Case[] = [
  {
    alert: "LowDiskSpace",
    proves: "fires",
    name: "the host's disk is full, with claims that are folders on it: only the host is reported",
    series: {
      ...diskOf("6e9x60"),
      ...claimOf("6e9x60"),
      [claim("available", "cache")]: "6e9x60",
      [claim("capacity", "cache")]: "100e9x60",
    },
    checks: [
      { at: "4m30s", firing: [] },
      { at: "6m", firing: [hostFull] },
      { at: "6m", alert: "KubernetesVolumeFillingUp", firing: [] },
    ],
  },
  {
    alert: "KubernetesVolumeFillingUp",
    proves: "fires",
    name: "a claim with a disk of its own, which the host mounts for the kubelet: only the claim is reported",
    series: {
      ...claimOf("6e9x60"),
      ...diskOf("6e9x60", "/var/lib/kubelet/pods/8d0c/volumes/kubernetes.io~csi/pvc-1/mount"),
      ...diskOf("6e9x60", "/var/lib/k0s/kubelet/plugins/kubernetes.io/csi/ebs/1/globalmount"),
    },
    checks: [
      { at: "6m", firing: [claimFull] },
      { at: "6m", alert: "LowDiskSpace", firing: [] },
    ],
  },
  {
    alert: "KubernetesVolumeFillingUp",
    proves: "fires",
    name: "a full claim as large as the disk of its node, which has space, and as the full disk of another node",
    series: { ...claimOf("6e9x60"), ...diskOf("50e9x60"), ...diskOf("6e9x60", "/", "node-2") },
    checks: [{ at: "6m", firing: [claimFull] }],
  },
  {
    alert: "KubernetesPodNotReady",
    proves: "fires",
    name: "a rollout waits for a pod that does not become ready: the pod is reported",
    series: {
      ...apiPods("0x200"),
      [replicas("deployment", "api", "spec_replicas")]: "3x200",
      [replicas("deployment", "api", "status_replicas_updated")]: "1x200",
      [replicas("deployment", "api", "status_replicas_ready")]: "2x200",
    },
    checks: [
      { at: "14m", firing: [] },
      { at: "20m", firing: [notReady] },
      { at: "20m", alert: "KubernetesDeploymentNotProgressing", firing: [] },
    ],
  },
  {
    alert: "KubernetesPodNotReady",
    proves: "comes close and stays silent",
    name: "pods of a node that is not ready: the node is reported",
    series: { ...apiPods("1x4 0x196"), ...node("node-2", { ready: "1x4 0x196" }) },
    checks: silent("20m", "30m"),
  },
  {
    alert: "KubernetesPodNotReady",
    proves: "comes close and stays silent",
    name: "a container that crashes, runs for two minutes and crashes again: the container is reported",
    series: {
      ...apiPods("0x200"),
      [of(states, "kube_pod_container_status_waiting_reason", {
        ...api,
        container: "api",
        reason: "CrashLoopBackOff",
      })]: `1x8 stale ${"_x8 1x8 stale ".repeat(9)}`.trim(),
    },
    checks: silent("16m", "20m", "38m"),
  },
];

export const planned: readonly Case[] = [...nodes, ...operations, ...oneCause].map((each) => ({
  ...each,
  platform: "kubernetes",
}));
