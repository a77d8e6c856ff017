import type { core } from "@pulumi/kubernetes/types/input.js";
import { resources } from "./kubernetes-quantities.ts";
import { fileSidecars } from "./kubernetes-sidecars.ts";
import { fileSetName, fileVolume, type Mount, mountedVolumes, sidecarVolumes } from "./kubernetes-volumes.ts";
import {
  besideWorkload,
  type FileSet,
  type Limits,
  type OwnFact,
  type Probe,
  pingSysctl,
  type Workload,
  withSidecars,
} from "./workload.ts";

/** Pod settings from the platform rather than from the workload. */
export interface PodPlatform {
  readonly agentsNamespace: string;
  readonly extraHosts: Readonly<Record<string, string>>;
  /** Secrets with registry credentials, in both namespaces. */
  readonly imagePullSecrets: readonly string[];
  /** Node labels required by services; agents run on every Linux node. */
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Tolerations of services; agents tolerate all taints. */
  readonly tolerations: readonly core.v1.Toleration[];
  /** Whether pods set their user and group IDs. If not, the cluster chooses them, except root. */
  readonly assignUsers: boolean;
  readonly priorityClassName: string;
  /** SELinux type of pods with host paths. */
  readonly seLinuxType: string | undefined;
  /** Image of the config reloader. */
  readonly reloaderImage: string;
  /** Selector labels of the pods of a workload. */
  readonly selector: (workload: string) => Record<string, string>;
}

/** The pod of a workload: as unprivileged as the workload allows, without access to the cluster. */
export function podSpec(workload: Workload, platform: PodPlatform): core.v1.PodSpec {
  const mounted = mountedVolumes(workload, platform.agentsNamespace);
  const mounts = mounted.map(({ mount }) => mount);
  const sidecars = (workload.sidecars ?? []).map((sidecar) => ({
    program: besideWorkload(sidecar, workload, "127.0.0.1"),
    mounted: sidecarVolumes(sidecar, mounted),
  }));
  return {
    ...common(workload, platform),
    automountServiceAccountToken: workload.discovers !== undefined,
    ...(hasAccount(withSidecars(workload)) && { serviceAccountName: workload.name }),
    ...(workload.family !== undefined && { hostname: workload.name, subdomain: workload.family }),
    terminationGracePeriodSeconds: workload.stopGraceSeconds,
    ...(workload.hostPid && { hostPID: true }),
    // Includes tainted nodes.
    ...(workload.placement === "every-node" && { tolerations: [{ operator: "Exists" }], affinity: onRealNodes }),
    ...((workload.replicas ?? 1) > 1 && spread(platform.selector(workload.name))),
    containers: [
      container(workload, mounts),
      ...fileSidecars(workload, mounts, platform.reloaderImage, program),
      ...sidecars.map(({ program, mounted }) =>
        container(
          program,
          mounted.map(({ mount }) => mount),
        ),
      ),
    ],
    volumes: [mounted, ...sidecars.map(({ mounted }) => mounted)].flat().flatMap(({ volume }) => volume ?? []),
  };
}

/** Not those of the workload, so that changing them does not run its checkers again. */
const checkerLimits: Limits = { memory: "512Mi", cpu: 1, requests: { memory: "128Mi", cpu: 0.1 } };

/** A pod that runs a set's checker once on the files of a ConfigMap. */
export function candidatePod(
  workload: Workload,
  set: FileSet & { readonly check: readonly string[] },
  configMap: string,
  platform: PodPlatform,
): core.v1.PodSpec {
  const { volume, mount } = fileVolume(set, configMap, { withToken: false });
  const command = set.check.map((word) => word.replaceAll("{directory}", set.directory));
  // The files are world-readable, and any node will do.
  const nobody: Workload = {
    ...workload,
    placement: "service",
    hostPaths: [],
    user: "65534:65534",
    capabilities: [],
    environment: {},
    ownFacts: {},
    limits: checkerLimits,
  };
  const read = (workload.files ?? [])
    .filter(({ name }) => set.checkReads?.includes(name))
    .map((other) => fileVolume(other, fileSetName(workload, other)));
  const checker = program(nobody, "check", command, [mount, ...read.map((other) => other.mount)]);
  return {
    ...common(nobody, platform),
    automountServiceAccountToken: false,
    restartPolicy: "Never",
    // Makes `up` show the checker's output.
    containers: [{ ...checker, terminationMessagePolicy: "FallbackToLogsOnError" }],
    volumes: [volume, ...read.map((other) => other.volume)].filter((each) => each !== undefined),
  };
}

/** Security context and cluster access. */
function common(workload: Workload, platform: PodPlatform) {
  const { uid, gid } = user(workload);
  const hostAliases = aliases(platform.extraHosts);
  const { imagePullSecrets, nodeSelector, tolerations, assignUsers } = platform;
  const isService = workload.placement === "service";
  return {
    // Some programs read the variables that Kubernetes generates for Services (such as LOKI_PORT) as settings.
    enableServiceLinks: false,
    priorityClassName: platform.priorityClassName,
    securityContext: {
      ...(uid !== 0 && { runAsNonRoot: true }),
      ...((assignUsers || uid === 0) && {
        runAsUser: uid,
        runAsGroup: gid,
        fsGroup: gid,
        fsGroupChangePolicy: "OnRootMismatch",
      }),
      ...(workload.supplementaryGroups && { supplementalGroups: workload.supplementaryGroups.map(numeric) }),
      seccompProfile: { type: "RuntimeDefault" },
      ...(workload.pings && { sysctls: [pingSysctl] }),
      ...(platform.seLinuxType !== undefined &&
        (workload.hostPaths ?? []).length > 0 && { seLinuxOptions: { type: platform.seLinuxType } }),
    },
    nodeSelector: { ...(isService && nodeSelector), "kubernetes.io/os": "linux" },
    ...(isService && tolerations.length > 0 && { tolerations: [...tolerations] }),
    ...(imagePullSecrets.length > 0 && { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
    ...(hostAliases.length > 0 && { hostAliases }),
  } satisfies Partial<core.v1.PodSpec>;
}

/** Not on virtual nodes, which run no DaemonSets. */
const onRealNodes: core.v1.Affinity = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [
        {
          matchExpressions: [
            { key: "eks.amazonaws.com/compute-type", operator: "NotIn", values: ["fargate"] },
            { key: "type", operator: "NotIn", values: ["virtual-kubelet"] },
          ],
        },
      ],
    },
  },
};

/** Whether the pods of a workload run as a service account of their own. */
export function hasAccount({ discovers, usesCloudRole }: Workload): boolean {
  return discovers !== undefined || usesCloudRole === true;
}

/** Prefer to spread replicas across nodes, without blocking scheduling. */
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
    ports: workload.ports.map(({ name, port, protocol }) => ({
      name,
      containerPort: port,
      ...(protocol && { protocol }),
    })),
    ...(probe && {
      // Ten minutes, because Prometheus and Loki replay their write-ahead logs first.
      startupProbe: {
        ...readiness(probe),
        periodSeconds: 5,
        failureThreshold: 120,
        // The default of one second is short for a program that has to start first.
        ...(probe.requiresTls && { timeoutSeconds: 5 }),
      },
      readinessProbe: { ...readiness(probe), periodSeconds: 10, timeoutSeconds: 5 },
      // A restart helps only if the program no longer accepts connections.
      livenessProbe: { tcpSocket: { port: probe.port }, periodSeconds: 20, timeoutSeconds: 5, failureThreshold: 6 },
    }),
  };
}

/** The kubelet has no client certificate. */
function readiness({ port, path, command, requiresTls, connectionOnly }: Probe): core.v1.Probe {
  if (!requiresTls) return { httpGet: { path, port } };
  return command === undefined || connectionOnly ? { tcpSocket: { port } } : { exec: { command: [...command] } };
}

/** A container with the workload's image, environment and privileges. */
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

/** One entry per address, because the API server rejects duplicates. */
function aliases(extraHosts: Readonly<Record<string, string>>) {
  const byAddress = Object.groupBy(Object.entries(extraHosts), ([, ip]) => ip);
  return Object.entries(byAddress).map(([ip, hosts = []]) => ({ ip, hostnames: hosts.map(([host]) => host) }));
}

function user({ user }: Workload): { uid: number; gid: number } {
  const [uid = "", gid = ""] = user.split(":");
  return { uid: numeric(uid), gid: numeric(gid) };
}

function numeric(id: string): number {
  if (!/^\d+$/.test(id)) throw new Error(`Kubernetes requires numeric user and group IDs, not "${id}"`);
  return Number(id);
}

/** Escapes `$(NAME)`, which Kubernetes expands in commands and variables, except for the workload's own facts. */
function literal(text: string, ownFacts: Readonly<Record<string, OwnFact>>): string {
  return text.replace(/\$(?:\((\w+)\))?/g, (found, name?: string) =>
    name !== undefined && name in ownFacts ? found : `$${found}`,
  );
}
