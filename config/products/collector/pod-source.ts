import type { Settings } from "../../settings/schema.ts";
import { joinText } from "./joined-lines.ts";
import { levelValues } from "./levels.ts";
import { serviceOfPod } from "./service-labels.ts";
import type { RelabelRule, Source, Stage } from "./stage.ts";
import { finish, jsonFields, readJson } from "./steps.ts";
import { readCrash, readText } from "./text-lines.ts";

/** Directory of pod logs and address of the API server. Overridden only by tests. */
export interface PodPlaces {
  readonly podLogs: string;
  readonly kubernetesApi?: string | undefined;
}

/** Labels that separate containers, stdout and stderr until multi-line joining. */
const apart = ["namespace", "pod", "container"] as const;

/** Logs of all pods on the node, in the CRI format (time, stream, partial flag, text) or Docker's. */
export function podSource({ logs, kubernetes }: Settings, { podLogs, kubernetesApi }: PodPlaces): Source[] {
  if (!logs.sources.pods.enabled) return [];
  return [
    {
      name: "pods",
      input: { kind: "pods", api: kubernetesApi, relabel: [...names, ...ofService(kubernetes), ...files(podLogs)] },
      stages: [
        ...fromDocker,
        { stage: "cri" },
        ...joinText,
        { stage: "label_drop", values: [...apart, "stream", "filename"] },
        ...readJson(jsonFields),
        ...readText,
        ...readCrash,
        ...finish({ job: "pods", level: levelValues }),
        // Labels are also available as extracted values, even after they are dropped.
        { stage: "labels", values: { namespace: "namespace", container: "container" } },
        // Pod names are unbounded, so they must not be labels.
        { stage: "structured_metadata", values: { pod: "pod" } },
      ],
    },
  ];
}

/**
 * With cri-dockerd, a pod's log file is a link to Docker's, which has a JSON object per line and continues a long line in the
 * next object. Such lines are rewritten in the CRI format. An application's own JSON lines follow a timestamp, or are in
 * `log`, so they cannot be mistaken for Docker's.
 */
const fromDocker: readonly Stage[] = [
  {
    stage: "regex",
    expression: String.raw`^(?P<docker_json>\{"log":".*"time":"\d{4}-\d\d-\d\dT[^"]*"\})$`,
  },
  {
    stage: "json",
    source: "docker_json",
    expressions: { docker_log: "log", docker_stream: "stream", docker_time: "time" },
  },
  {
    stage: "template",
    source: "docker_line",
    template:
      '{{ if .docker_time }}{{ .docker_time }} {{ .docker_stream }} {{ if hasSuffix "\\n" (.docker_log | default "") }}F{{ else }}P{{ end }} {{ .docker_log | default "" | trimSuffix "\\n" | trimSuffix "\\r" }}{{ end }}',
  },
  { stage: "output", source: "docker_line" },
];

const names: readonly RelabelRule[] = [
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
  { source_labels: ["__meta_kubernetes_pod_container_name"], target_label: "container" },
];

function ofService({ namespace, agentsNamespace }: Settings["kubernetes"]): RelabelRule[] {
  return [
    ...serviceOfPod,
    {
      source_labels: ["namespace"],
      regex: `${namespace}|${agentsNamespace}`,
      target_label: "service",
      replacement: "monitoring",
    },
  ];
}

/** `<namespace>_<pod>_<uid>/<container>/<restarts>.log`; for static pods, the uid is the hash of the manifest. */
function files(podLogs: string): RelabelRule[] {
  const path = { regex: "(.+)/(.+)", target_label: "__path__", replacement: `${podLogs}/*$1/$2/*.log` };
  return ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_annotation_kubernetes_io_config_hash"].map((id) => ({
    source_labels: [id, "container"],
    separator: "/",
    ...path,
  }));
}
