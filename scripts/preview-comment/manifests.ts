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

/** Every object of a stack by kind, namespace and name. */
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

/** Workload whose files a ConfigMap or Secret holds. */
export function workloadOf({ object }: Manifest): string | undefined {
  const { annotations } = metadataOf(object);
  return isMap(annotations) ? String(annotations[fileSetAnnotation] ?? "").split("/")[0] || undefined : undefined;
}

/** A ConfigMap that only the checker reads, or the Job that runs it. */
export function isOfChecker({ kind, object }: Manifest): boolean {
  const { labels } = metadataOf(object);
  const workload = isMap(labels) ? String(labels["app.kubernetes.io/name"]) : "";
  return (kind === "Job" || kind === "ConfigMap") && workload.endsWith("-check");
}

/**
 * A file of manifests without the files in its ConfigMaps, which a rendered stack also has as files of their own, and
 * without the values of its Secrets. A file that does not parse is shown as it is, unless it holds secrets.
 */
export function withoutData(content: string): string {
  const documents = documentsIn(content);
  if (documents.length === 0) return content;
  return documents.map((document) => toYaml(hidden(document))).join("---\n");
}

function hidden(object: Yaml): Yaml {
  const manifest = toManifest(object);
  const isFiles = manifest.kind === "ConfigMap" && (workloadOf(manifest) !== undefined || isOfChecker(manifest));
  if (!isFiles && manifest.kind !== "Secret") return object;
  const placeholder = isFiles ? "(shown as a file)" : "(secret)";
  const replaced = ["data", "stringData", "binaryData"].flatMap((key) => {
    const value = object[key];
    return isMap(value) ? [[key, Object.fromEntries(Object.keys(value).map((name) => [name, placeholder]))]] : [];
  });
  return { ...object, ...Object.fromEntries(replaced) };
}
