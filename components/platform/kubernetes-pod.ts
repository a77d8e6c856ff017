import type { core } from "@pulumi/kubernetes/types/input.js";
import { resources } from "./kubernetes-quantities.ts";
import { sidecars } from "./kubernetes-sidecars.ts";
import { fileVolume, type Mount, mountedVolumes } from "./kubernetes-volumes.ts";
import type { FileSet, OwnFact, Workload } from "./workload.ts";

/** What a pod takes from its platform rather than from its workload. */
export interface PodPlatform {
  readonly extraHosts: Readonly<Record<string, string>>;
  readonly priorityClassName: string;
  /** Image of the program that tells a running one that its files have changed. */
  readonly reloaderImage: string;
  /** Labels by which the pods of a workload are found. */
  readonly selector: (workload: string) => Record<string, string>;
}

/** The pod that runs a workload: unprivileged as far as the workload allows, with nothing of the cluster's in it. */
export function podSpec(workload: Workload, platform: PodPlatform): core.v1.PodSpec {
  const mounted = mountedVolumes(workload);
  const mounts = mounted.map(({ mount }) => mount);
  return {
    ...common(workload, platform),
    automountServiceAccountToken: workload.discovers !== undefined,
    ...(workload.discovers !== undefined && { serviceAccountName: workload.name }),
    ...(workload.family !== undefined && { hostname: workload.name, subdomain: workload.family }),
    terminationGracePeriodSeconds: workload.stopGraceSeconds,
    ...(workload.hostPid && { hostPID: true }),
    // On every node means on those, too, that keep other pods away.
    ...(workload.placement === "every-node" && { tolerations: [{ operator: "Exists" }] }),
    ...((workload.replicas ?? 1) > 1 && spread(platform.selector(workload.name))),
    containers: [container(workload, mounts), ...sidecars(workload, mounts, platform.reloaderImage, program)],
    volumes: mounted.flatMap(({ volume }) => volume ?? []),
  };
}

/** A pod that runs a set's checker once, on the files of a ConfigMap. */
export function candidatePod(
  workload: Workload,
  set: FileSet & { readonly check: readonly string[] },
  configMap: string,
  platform: PodPlatform,
): core.v1.PodSpec {
  const { volume, mount } = fileVolume(set, configMap, { withToken: false });
  const command = set.check.map((word) => word.replaceAll("{directory}", set.directory));
  // It reads files that everybody may read.
  const nobody: Workload = { ...workload, user: "65534:65534", capabilities: [], environment: {}, ownFacts: {} };
  const checker = program(nobody, "check", command, [mount]);
  return {
    ...common(nobody, platform),
    automountServiceAccountToken: false,
    restartPolicy: "Never",
    // What the checker says is what `up` shows.
    containers: [{ ...checker, terminationMessagePolicy: "FallbackToLogsOnError" }],
    volumes: volume === undefined ? [] : [volume],
  };
}

/** Who its processes are, and what of the cluster they see. */
function common(workload: Workload, platform: PodPlatform) {
  const { uid, gid } = user(workload);
  const hostAliases = aliases(platform.extraHosts);
  return {
    // The variables Kubernetes makes of Services (LOKI_PORT and so on) are read as settings by some programs.
    enableServiceLinks: false,
    priorityClassName: platform.priorityClassName,
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
  } satisfies Partial<core.v1.PodSpec>;
}

/** Apart as far as the cluster lets them be: a replica that waits for a node of its own helps nobody. */
function spread(matchLabels: Record<string, string>) {
  const labelSelector = { matchLabels };
  const [zone, node] = ["topology.kubernetes.io/zone", "kubernetes.io/hostname"];
  return {
    topologySpreadConstraints: [zone, node].map((topologyKey) => ({
      topologyKey,
      maxSkew: 1,
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector,
    })),
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [zone, node].map((topologyKey) => ({
          weight: topologyKey === node ? 100 : 50,
          podAffinityTerm: { topologyKey, labelSelector },
        })),
      },
    },
  } satisfies Partial<core.v1.PodSpec>;
}

function container(workload: Workload, volumeMounts: readonly Mount[]): core.v1.Container {
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

/** A program of the workload's image, with its environment and no more rights than the workload has. */
export function program(workload: Workload, name: string, command: readonly string[], volumeMounts: readonly Mount[]) {
  const { capabilities, environment = {}, ownFacts = {} } = workload;
  const env = [
    ...Object.entries(ownFacts).map(([name, fact]) => ({ name, valueFrom: { fieldRef: { fieldPath: fields[fact] } } })),
    ...Object.entries(environment).map(([name, value]) => ({ name, value: literal(value, ownFacts) })),
  ];
  return {
    name,
    image: workload.image,
    command: command.map((word) => literal(word, ownFacts)),
    ...(env.length > 0 && { env }),
    volumeMounts: [...volumeMounts],
    resources: resources(workload.limits),
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: !workload.writableRoot,
      capabilities: { drop: ["ALL"], ...(capabilities?.length && { add: [...capabilities] }) },
    },
  } satisfies core.v1.Container;
}

const fields: Readonly<Record<OwnFact, string>> = {
  "replica name": "metadata.name",
  "host name": "spec.nodeName",
  address: "status.podIP",
};

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

/** Kubernetes expands `$(NAME)` in commands and variables; but for the workload's own facts, what it says is meant as it stands. */
function literal(text: string, ownFacts: Readonly<Record<string, OwnFact>>): string {
  return text.replace(/\$(?:\((\w+)\))?/g, (found, name?: string) =>
    name !== undefined && name in ownFacts ? found : `$${found}`,
  );
}
