import { type Case, of, own, place } from "../case.ts";

const team = { team: "platform" } as const;
const high = { severity: "high", priority: "P1", ...team } as const;
const medium = { severity: "medium", priority: "P2", ...team } as const;
const dashboard = "white-room-kubernetes";

/** Labels of stored series from kube-state-metrics. They describe other objects, so `service` is not "monitoring". */
const states = { ...own("kube-state-metrics", "kube-state-metrics-5d4:8080"), service: "kubernetes" };
const api = { namespace: "white-room", pod: "api-7c9", uid: "1" } as const;
const apiContainer = { ...api, container: "api" } as const;
const pod = { namespace: "white-room", pod: "api-7c9", service: "api", ...place } as const;
const labelled = (of_: Readonly<Record<string, string>> = api, service = "api") =>
  of({ ...states, service }, "kube_pod_labels", of_);
const restarts = of(states, "kube_pod_container_status_restarts_total", apiContainer);
const backingOff = of(states, "kube_pod_container_status_waiting_reason", {
  ...apiContainer,
  reason: "CrashLoopBackOff",
});
const phase = (name: string) => of(states, "kube_pod_status_phase", { ...api, phase: name });
const ready = of(states, "kube_pod_status_ready", { ...api, condition: "true" });

const crashLooping: readonly Case[] = [
  {
    alert: "KubernetesPodCrashLooping",
    proves: "fires",
    name: "five starts in ten minutes, now waiting for the next",
    series: { [restarts]: "0x4 1x4 2x8 3x8 4x16 5x60", [backingOff]: "_x6 1x100", [labelled()]: "1x110" },
    checks: [
      { at: "10m", firing: [] },
      {
        at: "21m",
        firing: [
          {
            labels: { ...pod, container: "api", ...high },
            summary: "white-room/api-7c9 (api) keeps crashing",
            description:
              "Container api of pod white-room/api-7c9 restarted 5 times in the last 1h, more than 3, and Kubernetes increases the delay before each restart. The container is mostly unavailable.",
            dashboard,
          },
        ],
      },
      { at: "21m", alert: "KubernetesPodNotReady", firing: [] },
    ],
  },
  {
    alert: "KubernetesPodCrashLooping",
    proves: "comes close and stays silent",
    name: "runs well after its fifth start",
    series: { [restarts]: "0x4 1x4 2x4 3x4 4x4 5x100", [backingOff]: "_x6 1x18 stale", [labelled()]: "1x120" },
    checks: [
      { at: "11m", firing: [] },
      { at: "16m", firing: [] },
      { at: "25m", firing: [] },
    ],
  },
  {
    alert: "KubernetesPodCrashLooping",
    proves: "counter reset",
    name: "a new pod of the same name counts from zero and restarts twice",
    series: { [restarts]: "7x20 0x10 1x10 2x80", [backingOff]: "1x120", [labelled()]: "1x120" },
    checks: [{ at: "29m", firing: [] }],
  },
];

const notReady: readonly Case[] = [
  {
    alert: "KubernetesPodNotReady",
    proves: "fires",
    name: "no node accepts the pod, so its readiness is not reported",
    series: { [phase("Pending")]: "1x80", [phase("Running")]: "0x80", [labelled()]: "1x80" },
    checks: [
      { at: "14m", firing: [] },
      {
        at: "16m",
        firing: [
          {
            labels: { ...pod, ...medium },
            summary: "white-room/api-7c9 is not ready",
            description:
              "Pod white-room/api-7c9 is not becoming ready: it cannot be scheduled, an image or a volume is missing, or its readiness probe fails. It receives no traffic; the other pods of api handle its share.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "KubernetesPodNotReady",
    proves: "comes close and stays silent",
    name: "ready for one scrape in fourteen minutes",
    series: { [phase("Running")]: "1x120", [ready]: "0x56 1 0x56", [labelled()]: "1x120" },
    checks: [
      { at: "16m", firing: [] },
      { at: "28m", firing: [] },
    ],
  },
  {
    alert: "KubernetesPodNotReady",
    proves: "comes close and stays silent",
    name: "a Job's pod that has ended",
    series: { [phase("Succeeded")]: "1x80", [phase("Running")]: "0x80", [ready]: "0x80", [labelled()]: "1x80" },
    checks: [{ at: "18m", firing: [] }],
  },
];

const nodeReady = (node: string, status: string) =>
  of(states, "kube_node_status_condition", { node, condition: "Ready", status });

const nodes: readonly Case[] = [
  {
    alert: "KubernetesNodeNotReady",
    proves: "fires",
    name: "the kubelet of one of two nodes stops reporting",
    series: {
      [nodeReady("node-1", "true")]: "1x60",
      [nodeReady("node-2", "true")]: "1x4 0x56",
      [nodeReady("node-2", "unknown")]: "0x4 1x56",
    },
    checks: [
      { at: "6m", firing: [] },
      {
        at: "7m",
        firing: [
          {
            labels: { node: "node-2", service: "kubernetes", ...place, ...high },
            summary: "Node node-2 is not ready",
            description:
              "The kubelet of node-2 reports that it is not ready, or does not report at all. No pods are scheduled there, and after five minutes Kubernetes evicts its pods. Pods with a local volume on that node remain unavailable.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "KubernetesNodeNotReady",
    proves: "comes close and stays silent",
    name: "back after four minutes, as after a restart",
    series: { [nodeReady("node-1", "true")]: "1x4 0x16 1x40" },
    checks: [
      { at: "5m", firing: [] },
      { at: "10m", firing: [] },
    ],
  },
];

/** A workload's series as they are stored, with the labels that scraping adds. */
const workload = (kind: "deployment" | "statefulset" | "daemonset", name: string, metric: string) =>
  of({ ...states, service: name }, `kube_${kind}_${metric}`, {
    namespace: "white-room",
    [kind]: name,
    workload: `${kind}/${name}`,
  });
const short = (kind: string, service: string, pods: number) => ({
  labels: { namespace: "white-room", workload: `${kind}/${service}`, service, ...place, ...medium },
  summary: `white-room ${kind}/${service} is missing ${pods} pods`,
  description: `${kind}/${service} in white-room is missing ${pods} updated and ready pods, more than 0, and has made no progress for 10m. A rollout is stuck, or lost pods are not replaced. Existing pods still serve traffic.`,
  dashboard,
});

const rollouts: readonly Case[] = [
  {
    alert: "KubernetesDeploymentNotProgressing",
    proves: "fires",
    name: "a rollout with one of three new pods, while the old ones serve",
    series: {
      [workload("deployment", "api", "spec_replicas")]: "3x120",
      [workload("deployment", "api", "status_replicas_updated")]: "3x8 1x112",
      [workload("deployment", "api", "status_replicas_ready")]: "3x120",
    },
    checks: [
      { at: "16m", firing: [] },
      { at: "18m", firing: [short("deployment", "api", 2)] },
    ],
  },
  {
    alert: "KubernetesDeploymentNotProgressing",
    proves: "fires",
    name: "a StatefulSet and a DaemonSet without some of their pods",
    series: {
      [workload("statefulset", "postgres", "replicas")]: "3x80",
      [workload("statefulset", "postgres", "status_replicas_ready")]: "1x80",
      [workload("daemonset", "proxy", "status_desired_number_scheduled")]: "5x80",
      [workload("daemonset", "proxy", "status_number_ready")]: "1x80",
    },
    checks: [
      { at: "4m", firing: [] },
      { at: "18m", firing: [short("daemonset", "proxy", 4), short("statefulset", "postgres", 2)] },
    ],
  },
  {
    alert: "KubernetesDeploymentNotProgressing",
    proves: "comes close and stays silent",
    name: "a slow rollout: one more pod every eight minutes",
    series: {
      [workload("deployment", "api", "spec_replicas")]: "3x120",
      [workload("deployment", "api", "status_replicas_updated")]: "3x4 0x32 1x32 2x32 3x20",
      [workload("deployment", "api", "status_replicas_ready")]: "3x120",
    },
    checks: ["9m", "17m", "25m", "29m"].map((at) => ({ at, firing: [] })),
  },
];

const jobFailed = (condition: string) =>
  of({ ...states, service: "backup" }, "kube_job_failed", {
    namespace: "white-room",
    job_name: "backup-29012345",
    condition,
  });

const jobs: readonly Case[] = [
  {
    alert: "KubernetesJobFailed",
    proves: "fires",
    name: "fires for a day, although the Job remains",
    step: "4m",
    series: { [jobFailed("true")]: "_x3 1x600", [jobFailed("false")]: "_x3 0x600" },
    checks: [
      { at: "8m", firing: [] },
      {
        at: "16m",
        firing: [
          {
            labels: {
              namespace: "white-room",
              job_name: "backup-29012345",
              service: "backup",
              ...place,
              ...medium,
            },
            summary: "Job white-room/backup-29012345 failed",
            description:
              "Job white-room/backup-29012345 reached its backoff limit and will not be retried, so its work has not been done. This alert fires for 24h, or until the Job is deleted.",
            dashboard,
          },
        ],
      },
      { at: "24h20m", firing: [] },
    ],
  },
  {
    alert: "KubernetesJobFailed",
    proves: "comes close and stays silent",
    name: "the condition exists but is false",
    series: { [jobFailed("true")]: "0x40", [jobFailed("false")]: "1x40" },
    checks: [{ at: "8m", firing: [] }],
  },
];

const kubelet = { ...own("kubelet", "node-1"), service: "kubernetes" };
const volume = (metric: string, instance = "node-1") =>
  of({ ...kubelet, instance }, `kubelet_volume_stats_${metric}_bytes`, {
    namespace: "white-room",
    persistentvolumeclaim: "postgres-data",
  });

const volumes: readonly Case[] = [
  {
    alert: "KubernetesVolumeFillingUp",
    proves: "fires",
    name: "6 % free, seen from two nodes that share it",
    series: {
      [volume("available")]: "6e9x60",
      [volume("capacity")]: "100e9x60",
      [volume("available", "node-2")]: "6e9x60",
      [volume("capacity", "node-2")]: "100e9x60",
    },
    checks: [
      { at: "4m30s", firing: [] },
      {
        at: "6m",
        firing: [
          {
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
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "KubernetesVolumeFillingUp",
    proves: "comes close and stays silent",
    name: "11 % free, and a volume that reports no size",
    series: {
      [volume("available")]: "11e9x60",
      [volume("capacity")]: "100e9x60",
      [volume("available", "node-2")]: "0x60",
      [volume("capacity", "node-2")]: "0x60",
    },
    checks: [{ at: "10m", firing: [] }],
  },
];

const server = { ...own("apiserver", "10.0.0.1:6443"), service: "kubernetes" };
const ttl = of(kubelet, "kubelet_certificate_manager_client_ttl_seconds");
const clients = (counts: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(counts).map(([le, values]) => [
      of(server, "apiserver_client_certificate_expiration_seconds_bucket", { le }),
      values,
    ]),
  );

const certificates: readonly Case[] = [
  {
    alert: "KubernetesCertificateExpiring",
    proves: "fires",
    name: "the kubelet's certificate has three days left, and that of one client in ten less than a day",
    series: {
      [ttl]: "259200x100",
      ...clients({ "43200.0": "0x100", "86400.0": "0+1x100", "604800.0": "0+1x100", "+Inf": "0+10x100" }),
    },
    checks: [
      { at: "14m", firing: [] },
      {
        at: "17m",
        firing: [
          {
            labels: { ...kubelet, ...medium },
            summary: "A client certificate of the cluster expires in 3d 0h 0m 0s",
            description:
              "The client certificate of the kubelet on node-1 expires in 3d 0h 0m 0s, less than 7 days. It should have been renewed by now; once it has expired, the API server rejects it.",
            dashboard,
          },
          {
            labels: { ...server, ...medium },
            summary: "A client certificate of the cluster expires in 13h 12m 0s",
            description:
              "A client certificate used with the API server on 10.0.0.1:6443 expires in 13h 12m 0s, less than 7 days. It should have been renewed by now; once it has expired, the API server rejects it.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "KubernetesCertificateExpiring",
    proves: "comes close and stays silent",
    name: "eight days left, and no recent request with another certificate",
    series: {
      [ttl]: "691200x100",
      ...clients({ "604800.0": "7x100", "+Inf": "9x100" }),
    },
    checks: [{ at: "20m", firing: [] }],
  },
  {
    alert: "KubernetesCertificateExpiring",
    proves: "counter reset",
    name: "the API server restarts; its count of earlier certificates is lost",
    series: clients({ "604800.0": "900x20 0x80", "2592000.0": "900x20 0+10x80", "+Inf": "900x20 0+10x80" }),
    checks: [
      { at: "18m", firing: [] },
      { at: "24m", firing: [] },
    ],
  },
];

export const kubernetes: readonly Case[] = [
  ...crashLooping,
  ...notReady,
  ...nodes,
  ...rollouts,
  ...jobs,
  ...volumes,
  ...certificates,
].map((each) => ({ ...each, platform: "kubernetes" }));
