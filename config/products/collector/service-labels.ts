import type { RelabelRule } from "./stage.ts";

/** A label of a container or pod that names its service. */
interface ServiceLabel {
  /** As its orchestrator writes it. */
  readonly label: string;
  /** Values that it applies to, with the name as first group. Defaults to all. */
  readonly regex?: string;
  /** Fixed name, for containers whose own names are random. */
  readonly name?: string;
}

/**
 * Labels of Docker containers. The first one that a container has is used. Container names are the last resort, because
 * orchestrators put replica numbers and random IDs into them.
 */
const ofContainers: readonly ServiceLabel[] = [
  { label: "white-room.service" },
  // Coolify, Dokku and Rancher start their containers through Swarm or Compose, under generated names.
  { label: "coolify.serviceName" },
  { label: "com.dokku.app-name" },
  { label: "io.rancher.stack_service.name" },
  { label: "com.docker.swarm.service.name" },
  { label: "com.hashicorp.nomad.task_name" },
  { label: "com.hashicorp.nomad.job_name" },
  { label: "com.amazonaws.ecs.container-name" },
  { label: "io.balena.service-name" },
  { label: "io.kubernetes.container.name" },
  { label: "com.docker.compose.service" },
  { label: "io.podman.compose.service" },
  // Containers that systemd runs, from Quadlet or `podman generate systemd`.
  { label: "PODMAN_SYSTEMD_UNIT", regex: String.raw`(?:container-|podman-)?([^@]+)(?:@.*)?\.service` },
  { label: "com.gitlab.gitlab-runner.managed", regex: "true", name: "gitlab-runner" },
  // Kamal.
  { label: "service" },
];

/**
 * Labels of pods. The first one that a pod has is used. Knative sets `app` to a revision, and names every container
 * "user-container".
 */
const ofPods: readonly ServiceLabel[] = [
  { label: "app.kubernetes.io/name" },
  { label: "serving.knative.dev/service" },
  { label: "app" },
  { label: "k8s-app" },
];

/** Names of containers without such labels: the part before replica numbers and IDs. */
const stableNames: readonly string[] = [
  // Swarm: service.replica.task or service.node.task.
  String.raw`(.+)\.(?:\d+|[a-z0-9]{25})\.[a-z0-9]{25}`,
  // Nomad: task-allocation.
  "(.+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
  // ECS: ecs-family-revision-container-id.
  String.raw`ecs-.+-\d+-(.+)-[0-9a-f]{16,}`,
  // The kubelet with Docker: k8s_container_pod_namespace_uid_attempt.
  String.raw`k8s_([^_]+)_[^_]+_[^_]+_[^_]+_\d+`,
];

/** Sets `service` from the labels of a Docker container, or else from its name. */
export const serviceOfContainer: readonly RelabelRule[] = [
  { source_labels: ["__meta_docker_container_name"], regex: "/?(.*)", target_label: "service" },
  ...stableNames.map((regex) => ({ source_labels: ["service"], regex, target_label: "service" })),
  ...byLabel("__meta_docker_container_label_", ofContainers),
];

/** Sets `service` from the labels of a pod, or else from its container's name in `container`. */
export const serviceOfPod: readonly RelabelRule[] = [
  { source_labels: ["container"], target_label: "service" },
  ...byLabel("__meta_kubernetes_pod_label_", ofPods),
];

/** Sets `project`, because projects may have services of the same name. */
export const projectOfContainer: readonly RelabelRule[] = [
  "io.podman.compose.project",
  "com.docker.compose.project",
].map((label) => ({
  source_labels: [metaLabel("__meta_docker_container_label_", label)],
  regex: "(.+)",
  target_label: "project",
}));

/** The last rule that matches wins, so the first label comes last. */
function byLabel(prefix: string, labels: readonly ServiceLabel[]): RelabelRule[] {
  return labels.toReversed().map(({ label, regex = "(.+)", name }) => ({
    source_labels: [metaLabel(prefix, label)],
    regex,
    target_label: "service",
    ...(name !== undefined && { replacement: name }),
  }));
}

/** https://prometheus.io/docs/prometheus/latest/configuration/configuration/#docker_sd_config */
function metaLabel(prefix: string, label: string): string {
  return `${prefix}${label.replaceAll(/[^A-Za-z0-9_]/g, "_")}`;
}
