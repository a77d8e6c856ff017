import type { core } from "@pulumi/kubernetes/types/input.js";
import { quantity } from "./kubernetes-quantities.ts";
import type { DataVolume, FileSet, HostPath, Workload } from "./workload.ts";

export type Mount = core.v1.VolumeMount & { readonly name: string; readonly mountPath: string };

/** Where a container sees a volume, and the pod's own entry for it: a claim of a StatefulSet's has none. */
export interface Mounted {
  readonly volume?: core.v1.Volume;
  readonly mount: Mount;
}

/** Everything that a workload's containers can mount. */
export function mountedVolumes(workload: Workload): Mounted[] {
  return [
    ...(workload.files ?? []).map((set) => fileVolume(set, fileSetName(workload, set))),
    ...(workload.volumes ?? []).map((volume) => dataVolume(workload, volume)),
    ...(workload.hostPaths ?? []).map(hostVolume),
    ...(workload.scratch ?? []).map(scratchVolume),
  ];
}

/** Annotation of a ConfigMap or Secret: the set that it holds, `<workload>/<set>`. */
export const fileSetAnnotation = "white-room-monitoring/files";

/** Name of the ConfigMap or Secret that holds a set. */
export function fileSetName(workload: Workload, set: FileSet): string {
  return `${workload.name}-${set.name}`;
}

/** Name of a set's volume in the pod. */
export function fileVolumeName({ name }: FileSet): string {
  return `files-${name}`;
}

/** Names of the claims behind a data volume, one a replica: those that the StatefulSet's controller looks for. */
export function claimNames({ name, replicas = 1 }: Workload, volume: DataVolume): string[] {
  return Array.from({ length: replicas }, (_, ordinal) => `${volume.name}-${name}-${ordinal}`);
}

const slash = "__";

/** A file's key in its ConfigMap or Secret, where no slash may stand. */
export function keyOfPath(path: string): string {
  if (path.includes(slash)) throw new Error(`${path}: "${slash}" stands for "/" in a ConfigMap`);
  return path.replaceAll("/", slash);
}

export function pathOfKey(key: string): string {
  return key.replaceAll(slash, "/");
}

/** A set's volume, from the ConfigMap or Secret of that name. Where no account's token is, what stands in for one is seen. */
export function fileVolume(set: FileSet, source: string, { withToken = true } = {}): Mounted {
  const name = fileVolumeName(set);
  const tokens = withToken ? set.files.filter(({ accountToken }) => accountToken) : [];
  const paths = set.files.filter((file) => !tokens.includes(file)).map(({ path }) => path);
  const common = {
    // Secrets are read by the pod's group alone.
    defaultMode: set.secret ? 0o440 : 0o444,
    // Only for sets with subdirectories: a list here is part of the pod, which rolls when a file is added to it.
    ...(paths.some((path) => path.includes("/")) && { items: paths.map((path) => ({ key: keyOfPath(path), path })) }),
  };
  const mount = { name, mountPath: set.directory, readOnly: true };
  if (set.secret) return { volume: { name, secret: { secretName: source, ...common } }, mount };
  if (tokens.length === 0) return { volume: { name, configMap: { name: source, ...common } }, mount };
  const { defaultMode, ...files } = common;
  const sources = [
    { configMap: { name: source, ...files } },
    // As long as the cluster's own, which the kubelet renews in time.
    ...tokens.map(({ path }) => ({ serviceAccountToken: { path, expirationSeconds: 3607 } })),
  ];
  return { volume: { name, projected: { defaultMode, sources } }, mount };
}

function dataVolume(workload: Workload, { name, directory }: DataVolume): Mounted {
  const mount = { name, mountPath: directory };
  if (workload.placement === "service") return { mount };
  // What an agent remembers is about its node: it must outlive the pod, and must not follow it elsewhere.
  const path = `/var/lib/white-room-monitoring/${workload.name}/${name}`;
  return { volume: { name, hostPath: { path, type: "DirectoryOrCreate" } }, mount };
}

function hostVolume({ hostPath, directory, readOnly, propagation }: HostPath, index: number): Mounted {
  // Paths come from config, too, and not each makes a name that the API server takes.
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
