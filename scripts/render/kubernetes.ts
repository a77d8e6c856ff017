import { fileSetAnnotation, pathOfKey } from "../../components/platform/kubernetes-volumes.ts";
import { asRendered, isYaml } from "../../components/platform/kubernetes-yaml.ts";
import { toYaml } from "../../config/file.ts";
import type { TreeFile } from "./compose.ts";
import { folderOf } from "./folders.ts";
import type { Registered } from "./register.ts";

/** An object registered by the program. */
interface Manifest {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** Order of objects within a file: dependencies first. */
const order = [
  "Namespace",
  "PriorityClass",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "NetworkPolicy",
  "ConfigMap",
  "Secret",
  "PersistentVolumeClaim",
  "Service",
  "Job",
  "PodDisruptionBudget",
  "StatefulSet",
  "Deployment",
  "DaemonSet",
  "Ingress",
  "Gateway",
  "HTTPRoute",
];

/** Objects that others depend on go into separate files, because `kubectl apply` processes a directory in file name order. */
const filesOfKinds: Readonly<Record<string, string>> = {
  Namespace: "kubernetes/00-namespaces.yaml",
  PriorityClass: "kubernetes/01-priority-class.yaml",
};

/**
 * Renders the registered Kubernetes objects as manifests, one file per workload and a separate one for its secrets, and the
 * contents of ConfigMaps and Secrets as the products read them.
 */
export function renderKubernetes(resources: readonly Registered[]): TreeFile[] {
  const manifests = resources
    .filter(({ type }) => type.startsWith("kubernetes:"))
    .map(({ inputs }) => plain(inputs as unknown as Manifest))
    .sort((a, b) => place(a) - place(b));
  const byFile = Object.groupBy(manifests, manifestFile);
  const documents = Object.entries(byFile).map(([path, objects = []]) => ({
    path,
    content: objects.map((object) => toYaml(readable(object))).join("---\n"),
    secret: objects.some(({ kind }) => kind === "Secret"),
  }));
  return [...documents, ...manifests.flatMap(productFiles)];
}

/** Restores the original YAML in a ConfigMap, without the additions that make `pulumi preview` compare it by line. */
function plain(manifest: Manifest): Manifest {
  const { kind, data } = manifest;
  if (kind !== "ConfigMap" || data === undefined) return manifest;
  const files = Object.entries(data).map(([key, text]) => [key, isYaml(pathOfKey(key)) ? asRendered(text) : text]);
  return { ...manifest, data: Object.fromEntries(files) };
}

function place({ kind }: Manifest): number {
  const found = order.indexOf(kind);
  if (found < 0) throw new Error(`${kind} is missing in the order of manifests`);
  return found;
}

function manifestFile({ kind, metadata }: Manifest): string {
  const known = filesOfKinds[kind];
  if (known !== undefined) return known;
  const workload = metadata.labels?.["app.kubernetes.io/name"] ?? metadata.name;
  return `kubernetes/${workload}${kind === "Secret" ? "-secrets" : ""}.yaml`;
}

/** Puts apiVersion, kind and metadata first, and decodes secrets. */
function readable({ data, ...manifest }: Manifest): object {
  const { apiVersion, kind, metadata, ...rest } = manifest as Manifest & { apiVersion: string };
  const content = kind === "Secret" ? { stringData: decoded(data) } : { data };
  return { apiVersion, kind, metadata, ...content, ...rest };
}

function productFiles({ kind, metadata, data = {} }: Manifest): TreeFile[] {
  const [workload, set] = metadata.annotations?.[fileSetAnnotation]?.split("/") ?? [];
  if (workload === undefined || set === undefined) return [];
  const secret = kind === "Secret";
  const folder = folderOf(workload, set, secret);
  return Object.entries(secret ? decoded(data) : data).map(([key, content]) => ({
    path: `${folder}/${pathOfKey(key)}`,
    content,
    secret,
  }));
}

function decoded(data: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
}
