import type { Settings } from "../../settings/schema.ts";
import type { RelabelRule, Source } from "./stage.ts";
import { finish, joinLines, jsonFields, readJson } from "./steps.ts";
import { levelInText, readText } from "./stream-sources.ts";

/** Where the kubelet keeps what pods write, and whom the collector asks for pods; only tests write others. */
export interface PodPlaces {
  readonly podLogs: string;
  readonly kubernetesApi?: string | undefined;
}

/** The labels that keep the lines of two containers, and of stdout and stderr, apart until they are joined. */
const apart = ["namespace", "pod", "container"] as const;

/** Output of every pod of the collector's node, as its container runtime writes it: time, stream, a mark of cut lines, text. */
export function podSource({ logs, kubernetes }: Settings, { podLogs, kubernetesApi }: PodPlaces): Source[] {
  if (!logs.sources.pods.enabled) return [];
  return [
    {
      name: "pods",
      input: { kind: "pods", api: kubernetesApi, relabel: [...names, ...ofService(kubernetes), ...files(podLogs)] },
      stages: [
        { stage: "cri" },
        // Alloy drops them by itself, Promtail would keep them.
        { stage: "drop", expression: String.raw`^\s*$`, reason: "blank" },
        joinLines(String.raw`^[^\s})\]]`),
        { stage: "label_drop", values: [...apart, "stream", "filename"] },
        ...readJson(jsonFields),
        ...readText,
        ...finish({ job: "pods", level: levelInText }),
        // Labels are values as well from the first stage on, and stay so when they are dropped.
        { stage: "labels", values: { namespace: "namespace", container: "container" } },
        // A pod's name is new at every start: as a label it would open new streams without end.
        { stage: "structured_metadata", values: ["pod"] },
      ],
    },
  ];
}

const names: readonly RelabelRule[] = [
  { source_labels: ["__meta_kubernetes_namespace"], target_label: "namespace" },
  { source_labels: ["__meta_kubernetes_pod_name"], target_label: "pod" },
  { source_labels: ["__meta_kubernetes_pod_container_name"], target_label: "container" },
];

/** The pod's own label, as for metrics; else its container's name. */
function ofService({ namespace, agentsNamespace }: Settings["kubernetes"]): RelabelRule[] {
  return [
    { source_labels: ["container"], target_label: "service" },
    {
      source_labels: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
      regex: "(.+)",
      target_label: "service",
    },
    {
      source_labels: ["namespace"],
      regex: `${namespace}|${agentsNamespace}`,
      target_label: "service",
      replacement: "monitoring",
    },
  ];
}

/** `<namespace>_<pod>_<uid>/<container>/<starts>.log`; a pod that the kubelet has from a file goes by that file's hash. */
function files(podLogs: string): RelabelRule[] {
  const path = { regex: "(.+)/(.+)", target_label: "__path__", replacement: `${podLogs}/*$1/$2/*.log` };
  return ["__meta_kubernetes_pod_uid", "__meta_kubernetes_pod_annotation_kubernetes_io_config_hash"].map((id) => ({
    source_labels: [id, "container"],
    separator: "/",
    ...path,
  }));
}
