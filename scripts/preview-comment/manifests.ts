import { fileSetAnnotation } from "../../components/platform/kubernetes-volumes.ts";
import { toYaml } from "../../config/file.ts";
import { documentsIn, isMap, type Rendered, type Yaml } from "./rendered.ts";

/** A Kubernetes object of a rendered stack. */
export interface Manifest {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly object: Yaml;
}

/** All objects of a stack by kind, namespace and name. */
export function manifestsOf(stack: Rendered): Map<string, Manifest> {
  const manifests = [...stack]
    .filter(([path]) => path.startsWith("kubernetes/"))
    .flatMap(([, content]) => documentsIn(content).map(toManifest));
  return new Map(manifests.map((manifest) => [`${manifest.kind} ${manifest.namespace} ${manifest.name}`, manifest]));
}

function toManifest(object: Yaml): Manifest {
  const metadata = metadataOf(object);
  return {
    kind: String(object["kind"]),
    name: String(metadata["name"]),
    namespace: String(metadata["namespace"] ?? ""),
    object,
  };
}

export function metadataOf({ metadata }: Yaml): Yaml {
  return isMap(metadata) ? metadata : {};
}

/** Workload whose files a ConfigMap or Secret contains. */
export function workloadOf({ object }: Manifest): string | undefined {
  const { annotations } = metadataOf(object);
  return isMap(annotations) ? String(annotations[fileSetAnnotation] ?? "").split("/")[0] || undefined : undefined;
}

/** Whether a manifest is a checker Job or its ConfigMap. */
export function isOfChecker({ kind, object }: Manifest): boolean {
  const { labels } = metadataOf(object);
  const workload = isMap(labels) ? String(labels["app.kubernetes.io/name"]) : "";
  return (kind === "Job" || kind === "ConfigMap") && workload.endsWith("-check");
}

/**
 * Replaces the data of Secrets, and of ConfigMaps whose content a rendered stack also has as separate files. Leaves files
 * that do not parse unchanged.
 */
export function withoutData(content: string): string {
  const documents = documentsIn(content);
  if (documents.length === 0) return content;
  return documents.map((document) => toYaml(hidden(document))).join("---\n");
}

function hidden(object: Yaml): Yaml {
  const manifest = toManifest(object);
  const holdsFiles = manifest.kind === "ConfigMap" && (workloadOf(manifest) !== undefined || isOfChecker(manifest));
  if (!holdsFiles && manifest.kind !== "Secret") return object;
  const placeholder = holdsFiles ? "(shown as a file)" : "(secret)";
  const replaced = ["data", "stringData", "binaryData"].flatMap((key) => {
    const value = object[key];
    return isMap(value) ? [[key, Object.fromEntries(Object.keys(value).map((name) => [name, placeholder]))]] : [];
  });
  return { ...object, ...Object.fromEntries(replaced) };
}
