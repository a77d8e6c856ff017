import { createHash, createHmac } from "node:crypto";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import { checked } from "./kubernetes-check.ts";
import type { PodPlatform } from "./kubernetes-pod.ts";
import { fileSetAnnotation, fileSetName, keyOfPath } from "./kubernetes-volumes.ts";
import { comparedByLine, isYaml } from "./kubernetes-yaml.ts";
import type { FileSet, Workload } from "./workload.ts";

interface Carrying {
  /** Pulumi name of an object. */
  readonly resourceName: (name: string) => string;
  readonly metadata: { readonly namespace: string; readonly labels: Record<string, string> };
  readonly labelsOf: (name: string) => Record<string, string>;
  readonly pod: PodPlatform;
}

/**
 * A set as a ConfigMap or Secret. Running pods see changes within a minute or two, unless the product's checker rejects
 * them.
 */
export function carry(
  workload: Workload,
  set: FileSet,
  { resourceName, metadata, labelsOf, pod }: Carrying,
  opts: pulumi.CustomResourceOptions,
): ConfigMap | Secret {
  const name = fileSetName(workload, set);
  const annotated = { ...metadata, name, annotations: { [fileSetAnnotation]: `${workload.name}/${set.name}` } };
  if (set.secret) {
    // Not stringData: with server-side apply, keys removed from the set would remain.
    const data = Object.fromEntries(
      set.files.map(({ path, content }) => [keyOfPath(path), pulumi.secret(content).apply(base64)]),
    );
    return new Secret(resourceName(name), { metadata: annotated, data }, opts);
  }
  const data = Object.fromEntries(
    set.files.map(({ path, content }) => [
      keyOfPath(path),
      isYaml(path) ? pulumi.output(content).apply(comparedByLine) : content,
    ]),
  );
  const { check } = set;
  const gate =
    check === undefined
      ? []
      : [
          checked(
            { resourceName, workload, set: { ...set, check }, data, namespace: metadata.namespace, labelsOf, pod },
            opts,
          ),
        ];
  const dependsOn = [opts.dependsOn ?? [], gate].flat() as pulumi.Resource[];
  if (!set.files.every(({ path }) => path.endsWith(".json")))
    return new ConfigMap(resourceName(name), { metadata: annotated, data }, { ...opts, dependsOn });
  const annotations = { ...annotated.annotations, ...fileHashes(set) };
  return new ConfigMap(
    resourceName(name),
    { metadata: { ...annotated, annotations }, data },
    { ...opts, dependsOn, hideDiffs: ["data"] },
  );
}

/**
 * Annotations that name the files of a set whose diff is hidden: the engine compares JSON level by level, which shows more
 * lines than have changed, and prints the whole ConfigMap if all of its changes are hidden.
 */
function fileHashes({ files }: FileSet): Record<string, pulumi.Output<string>> {
  return Object.fromEntries(
    files.map(({ path, content }) => [
      // A file's name may begin with a character that an annotation's name may not.
      `white-room-monitoring/hash.${keyOfPath(path)}`,
      pulumi.output(content).apply((text) => createHash("sha256").update(text).digest("hex").slice(0, 10)),
    ]),
  );
}

/** Pod annotations with a hash of each set that is read only at start, so that a change restarts the pod. */
export function rollingAnnotations(
  workload: Workload,
  hashKey: pulumi.Input<string>,
): Record<string, pulumi.Output<string>> {
  const sets = [
    ...(workload.files ?? []).map((set) => ({ name: set.name, set })),
    ...(workload.sidecars ?? []).flatMap(({ name, files = [] }) =>
      files.map((set) => ({ name: `${name}-${set.name}`, set })),
    ),
  ];
  return Object.fromEntries(
    sets
      .filter(({ set }) => set.reload.kind === "restart")
      .map(({ name, set }) => [`white-room-monitoring/${name}-hash`, set.secret ? keyedHash(set, hashKey) : hash(set)]),
  );
}

function hash(set: FileSet): pulumi.Output<string> {
  return contents(set).apply((text) => createHash("sha256").update(text).digest("hex"));
}

/** A plain hash of a short secret could be brute-forced, and would mark the whole diff of the pod as secret. */
function keyedHash(set: FileSet, key: pulumi.Input<string>): pulumi.Output<string> {
  const keyed = pulumi
    .all([key, contents(set)])
    .apply(([key, text]) => createHmac("sha256", key).update(text).digest("hex"));
  return pulumi.unsecret(keyed);
}

function contents({ files }: FileSet): pulumi.Output<string> {
  return pulumi
    .all(files.map(({ content }) => content))
    .apply((texts) => JSON.stringify(texts.map((text, index) => [files[index]?.path, text])));
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
