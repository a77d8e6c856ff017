import type { core } from "@pulumi/kubernetes/types/input.js";
import { quantity } from "./kubernetes-quantities.ts";
import type { DataVolume, FileSet, HostPath, Sidecar, Workload } from "./workload.ts";

export type Mount = core.v1.VolumeMount & { readonly name: string; readonly mountPath: string };

/** A volume mount and the pod's volume entry; claims of a StatefulSet have no entry. */
export interface Mounted {
  readonly volume?: core.v1.Volume;
  readonly mount: Mount;
}

/** All mounts of a workload. */
export function mountedVolumes(workload: Workload, namespace: string): Mounted[] {
  return [
    ...(workload.files ?? []).map((set) => fileVolume(set, fileSetName(workload, set))),
    ...(workload.volumes ?? []).map((volume) => dataVolume(workload, volume, namespace)),
    ...(workload.hostPaths ?? []).map(hostVolume),
    ...(workload.scratch ?? []).map(scratchVolume),
  ];
}

/** Mounts of a sidecar: its own, in volumes named after it, and the shared ones of its workload. */
export function sidecarVolumes(sidecar: Sidecar, mounted: readonly Mounted[]): Mounted[] {
  const own = [
    ...(sidecar.files ?? []).map((set) => fileVolume(set, fileSetName(sidecar, set))),
    ...(sidecar.scratch ?? []).map(scratchVolume),
  ].map(({ volume, mount }): Mounted => {
    const name = `${sidecar.name}-${mount.name}`;
    return { ...(volume && { volume: { ...volume, name } }), mount: { ...mount, name } };
  });
  return [...own, ...mounted.flatMap(({ mount }) => (sidecar.shares.includes(mount.name) ? [{ mount }] : []))];
}

/** Annotation of a ConfigMap or Secret with the name of its set, `<workload>/<set>`. */
export const fileSetAnnotation = "white-room-monitoring/files";

/** Name of the ConfigMap or Secret of a set. */
export function fileSetName(workload: Pick<Workload, "name">, set: FileSet): string {
  return `${workload.name}-${set.name}`;
}

/** Volume name of a set in the pod. */
export function fileVolumeName({ name }: FileSet): string {
  return `files-${name}`;
}

/** Claim names of a data volume, one per replica, as expected by the StatefulSet controller. */
export function claimNames({ name, replicas = 1 }: Workload, volume: DataVolume): string[] {
  return Array.from({ length: replicas }, (_, ordinal) => `${volume.name}-${name}-${ordinal}`);
}

const slash = "__";

/** Key of a file in its ConfigMap or Secret, which must not contain slashes. */
export function keyOfPath(path: string): string {
  if (path.includes(slash)) throw new Error(`${path}: "${slash}" is reserved for "/" in a ConfigMap`);
  return path.replaceAll("/", slash);
}

export function pathOfKey(key: string): string {
  return key.replaceAll(slash, "/");
}

/** A set's volume, from its ConfigMap or Secret. Without a service account token, the placeholder file is mounted. */
export function fileVolume(set: FileSet, source: string, { withToken = true } = {}): Mounted {
  const name = fileVolumeName(set);
  const tokens = withToken ? set.files.filter(({ accountToken }) => accountToken) : [];
  const paths = set.files.filter((file) => !tokens.includes(file)).map(({ path }) => path);
  const common = {
    // Secrets are readable only by the pod's group.
    defaultMode: set.secret ? 0o440 : 0o444,
    // Only for sets with subdirectories: the list is part of the pod spec, so adding a file restarts the pod.
    ...(paths.some((path) => path.includes("/")) && { items: paths.map((path) => ({ key: keyOfPath(path), path })) }),
  };
  const mount = { name, mountPath: set.directory, readOnly: true };
  if (set.secret) return { volume: { name, secret: { secretName: source, ...common } }, mount };
  if (tokens.length === 0) return { volume: { name, configMap: { name: source, ...common } }, mount };
  const { defaultMode, ...files } = common;
  const sources = [
    { configMap: { name: source, ...files } },
    // The same lifetime as the default token; the kubelet renews it in time.
    ...tokens.map(({ path }) => ({ serviceAccountToken: { path, expirationSeconds: 3607 } })),
  ];
  return { volume: { name, projected: { defaultMode, sources } }, mount };
}

function dataVolume(workload: Workload, { name, directory }: DataVolume, namespace: string): Mounted {
  const mount = { name, mountPath: directory };
  if (workload.placement === "service") return { mount };
  // An agent's state belongs to its node: it must survive the pod but not move with it. Stacks of one cluster have their own
  // namespaces, which also stay the same when a stack is renamed.
  const path = `/var/lib/white-room-monitoring/${namespace}/${workload.name}/${name}`;
  return { volume: { name, hostPath: { path, type: "DirectoryOrCreate" } }, mount };
}

function hostVolume({ hostPath, directory, readOnly, propagation }: HostPath, index: number): Mounted {
  // Paths may come from the config and are not always valid object names.
  const name = `host-${index}`;
  return {
    volume: { name, hostPath: { path: hostPath } },
    mount: {
      name,
      mountPath: directory,
      readOnly,
      ...(propagation === "rslave" && { mountPropagation: "HostToContainer" }),
    },
  };
}

function scratchVolume(
  { directory, size }: { readonly directory: string; readonly size: string },
  index: number,
): Mounted {
  const name = `scratch-${index}`;
  return {
    volume: { name, emptyDir: { medium: "Memory", sizeLimit: quantity(size) } },
    mount: { name, mountPath: directory },
  };
}
