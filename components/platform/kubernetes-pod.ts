import type { core } from "@pulumi/kubernetes/types/input.js";
import { bytes } from "../../config/units.ts";
import type { DataVolume, FileSet, HostPath, Workload } from "./workload.ts";

type Mount = core.v1.VolumeMount & { readonly name: string; readonly mountPath: string };

/** A volume of a pod and where its container sees it. */
interface Mounted {
  readonly volume: core.v1.Volume;
  readonly mount: Mount;
}

/** The pod that runs a workload: unprivileged as far as the workload allows, with nothing of the cluster's in it. */
export function podSpec(workload: Workload, extraHosts: Readonly<Record<string, string>>): core.v1.PodSpec {
  const mounted = [
    ...(workload.files ?? []).map((set) => fileVolume(workload, set)),
    ...(workload.volumes ?? []).map((volume) => dataVolume(workload, volume)),
    ...(workload.hostPaths ?? []).filter(({ hostPath }) => !dockersOwn.includes(hostPath)).map(hostVolume),
    ...(workload.scratch ?? []).map(scratchVolume),
  ];
  const mounts = mounted.map(({ mount }) => mount);
  const { uid, gid } = user(workload);
  const hostAliases = aliases(extraHosts);
  const initContainers = applied(workload, mounts);
  return {
    automountServiceAccountToken: false,
    // The variables Kubernetes makes of Services (LOKI_PORT and so on) are read as settings by some programs.
    enableServiceLinks: false,
    terminationGracePeriodSeconds: workload.stopGraceSeconds,
    ...(workload.hostPid && { hostPID: true }),
    securityContext: {
      ...(uid !== 0 && { runAsNonRoot: true }),
      runAsUser: uid,
      runAsGroup: gid,
      fsGroup: gid,
      fsGroupChangePolicy: "OnRootMismatch",
      ...(workload.supplementaryGroups && { supplementalGroups: workload.supplementaryGroups.map(numeric) }),
      seccompProfile: { type: "RuntimeDefault" },
    },
    ...(hostAliases.length > 0 && { hostAliases }),
    ...(workload.placement === "every-node" && { tolerations: [{ operator: "Exists" }] }),
    ...(initContainers.length > 0 && { initContainers }),
    containers: [container(workload, mounts)],
    volumes: mounted.map(({ volume }) => volume),
  };
}

function container(workload: Workload, volumeMounts: Mount[]): core.v1.Container {
  const { probe } = workload;
  return {
    ...program(workload, workload.name, workload.command, volumeMounts),
    ports: workload.ports.map(({ name, port }) => ({ name, containerPort: port })),
    ...(probe && {
      // Prometheus and Loki read their write-ahead logs first: ten minutes.
      startupProbe: { httpGet: { path: probe.path, port: probe.port }, periodSeconds: 5, failureThreshold: 120 },
      readinessProbe: { httpGet: { path: probe.path, port: probe.port }, periodSeconds: 10, timeoutSeconds: 5 },
      // Not ready is not dead: a restart helps only what no longer takes connections.
      livenessProbe: { tcpSocket: { port: probe.port }, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
    }),
  };
}

function program(workload: Workload, name: string, command: readonly string[], volumeMounts: Mount[]) {
  const { capabilities } = workload;
  return {
    name,
    image: workload.image,
    command: command.map(literal),
    ...(workload.environment && {
      env: Object.entries(workload.environment).map(([name, value]) => ({ name, value: literal(value) })),
    }),
    volumeMounts,
    resources: resources(workload),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: !workload.writableRoot,
      capabilities: { drop: ["ALL"], ...(capabilities && { add: [...capabilities] }) },
    },
  } satisfies core.v1.Container;
}

/** Where commands that a set brings along find its files: the same place as on Docker. */
const delivered = "/white-room/files";

/** What must run after a change of files runs before the program starts again: the pod rolls when such a set changes. */
function applied(workload: Workload, mounts: Mount[]): core.v1.Container[] {
  return (workload.files ?? []).flatMap((set) => {
    if (set.apply === undefined) return [];
    const command = set.apply.command.map((word) => word.replaceAll("{directory}", delivered));
    const script = ["/bin/sh", "-ec", 'if [ -e "$0" ]; then exec "$@"; fi', set.apply.onceExists, ...command];
    const files = { name: `files-${set.name}`, mountPath: delivered, readOnly: true };
    return [program(workload, `apply-${set.name}`, script, [...mounts, files])];
  });
}

/** Memory cannot be taken back, so all of the limit is reserved; processor time can, so a quarter is. */
function resources({ limits }: Workload) {
  const memory = quantity(limits.memory);
  return { requests: { memory, cpu: cores(limits.cpu / 4) }, limits: { memory, cpu: cores(limits.cpu) } };
}

/** Name of the ConfigMap or Secret that holds a set. */
export function fileSetName(workload: Workload, set: FileSet): string {
  return `${workload.name}-${set.name}`;
}

/** Name of the claim behind a data volume. */
export function claimName(workload: Workload, { name }: DataVolume): string {
  return `${workload.name}-${name}`;
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

function fileVolume(workload: Workload, set: FileSet): Mounted {
  const name = `files-${set.name}`;
  const source = fileSetName(workload, set);
  const paths = set.files.map(({ path }) => path);
  const common = {
    // Secrets are read by the pod's group alone.
    defaultMode: set.secret ? 0o440 : 0o444,
    // Only for sets with subdirectories: a list here is part of the pod, which rolls when a file is added to it.
    ...(paths.some((path) => path.includes("/")) && { items: paths.map((path) => ({ key: keyOfPath(path), path })) }),
  };
  return {
    volume: set.secret
      ? { name, secret: { secretName: source, ...common } }
      : { name, configMap: { name: source, ...common } },
    mount: { name, mountPath: set.directory, readOnly: true },
  };
}

function dataVolume(workload: Workload, data: DataVolume): Mounted {
  return {
    volume: {
      name: data.name,
      ...(workload.placement === "service"
        ? { persistentVolumeClaim: { claimName: claimName(workload, data) } }
        : // What an agent remembers is about its node: it must outlive the pod, and must not follow it elsewhere.
          {
            hostPath: {
              path: `/var/lib/white-room-monitoring/${workload.name}/${data.name}`,
              type: "DirectoryOrCreate",
            },
          }),
    },
    mount: { name: data.name, mountPath: data.directory },
  };
}

/** Nodes have no Docker since Kubernetes 1.24, and mounting what is not there would leave empty directories on them. */
const dockersOwn: readonly string[] = ["/var/run/docker.sock", "/var/lib/docker"];

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

/** One entry an address: the API server takes no address twice. */
function aliases(extraHosts: Readonly<Record<string, string>>) {
  const byAddress = Object.groupBy(Object.entries(extraHosts), ([, ip]) => ip);
  return Object.entries(byAddress).map(([ip, hosts = []]) => ({ ip, hostnames: hosts.map(([host]) => host) }));
}

function user({ user }: Workload): { uid: number; gid: number } {
  const [uid = "", gid = ""] = user.split(":");
  return { uid: numeric(uid), gid: numeric(gid) };
}

function numeric(id: string): number {
  if (!/^\d+$/.test(id)) throw new Error(`Kubernetes knows users and groups by number only, not "${id}"`);
  return Number(id);
}

/** Kubernetes expands `$(NAME)` in commands and variables; what the workload says is meant as it stands. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

/** As the API server writes it back: anything else would be a difference at every refresh. */
export function quantity(text: string): string {
  const size = Math.ceil(bytes(text));
  const power = ["Pi", "Ti", "Gi", "Mi", "Ki"].findIndex((_, index) => size % 1024 ** (5 - index) === 0);
  return power < 0 ? String(size) : `${size / 1024 ** (5 - power)}${["Pi", "Ti", "Gi", "Mi", "Ki"][power]}`;
}

function cores(count: number): string {
  const thousandths = Math.ceil(count * 1000);
  return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}
