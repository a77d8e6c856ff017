import type * as pulumi from "@pulumi/pulumi";

/** A file with its final content. Secret content stays an Output until it is mounted. */
export interface WorkloadFile {
  /** Path relative to the directory of the set. */
  readonly path: string;
  readonly content: pulumi.Input<string>;
  /** The content is a placeholder: the platform mounts a valid token of the service account here. */
  readonly accountToken?: true;
}

/** How a running program applies a changed file set. */
export type Reload =
  /** It detects changes itself: polling, a file watch, or reading at every use. */
  | { readonly kind: "watches" }
  /** It is notified with a POST request once the new files are in place. */
  | { readonly kind: "http"; readonly port: number; readonly path: string }
  /** It does not; the workload is restarted. */
  | { readonly kind: "restart" };

/**
 * Files that are mounted together, read-only, and change together. Secret files are in a separate set, so that previews of
 * the other files stay readable.
 */
export interface FileSet {
  /** Name of the set within its workload, such as "config" or "secrets". */
  readonly name: string;
  readonly directory: string;
  readonly files: readonly WorkloadFile[];
  readonly secret: boolean;
  readonly reload: Reload;
  /**
   * The product's checker: if it rejects a set, neither the running program nor its next start sees it, and `up` fails with
   * its output. `{directory}` is the path of the candidate files.
   */
  readonly check?: readonly string[];
  /** Names of earlier sets of the workload that the checker needs, mounted at the same path relative to `directory`. */
  readonly checkReads?: readonly string[];
  /** Deletes files that are removed from the set. Requires a shell in the image, as do check and apply. */
  readonly removesStale?: true;
  /** A command to run after each change, with the workload's volumes mounted; skipped until `onceExists` exists. */
  readonly apply?: { readonly command: readonly string[]; readonly onceExists: string };
}

/** Persistent data. */
export interface DataVolume {
  readonly name: string;
  readonly directory: string;
  /** Kubernetes quantity, such as "13Gi". Not enforced on Docker. */
  readonly size: string;
  /** Keeps the data when the stack is destroyed. */
  readonly keep: boolean;
}

/** An in-memory directory shared by several workloads; bounded, and removed with the stack. */
export interface SharedVolume {
  /** Must be the same for all workloads that mount it. */
  readonly name: string;
  readonly directory: string;
  readonly size: string;
  readonly readOnly: boolean;
  /** It has sockets of programs that read from the host: with SELinux, its containers need the same type. */
  readonly reachesHost?: true;
}

/** A host path, for programs that monitor the host. */
export interface HostPath {
  readonly hostPath: string;
  readonly directory: string;
  readonly readOnly: boolean;
  /** Propagates later mounts on the host. */
  readonly propagation?: "rslave";
}

export interface Port {
  readonly name: string;
  readonly port: number;
  readonly protocol?: "UDP";
  /** Scraped by Prometheus. */
  readonly scraped?: true;
  /** It serves TLS. */
  readonly tls?: boolean;
  /** Published host port. If unset, the port is reachable only inside the stack. */
  readonly publishedPort?: number;
  /** The web gateway publishes it, so that the workload itself does not. */
  readonly behindGateway?: true;
}

/** Health check. If the image has no suitable program, `command` is unset and Docker has no health check. */
export interface Probe {
  readonly port: number;
  readonly path: string;
  readonly command?: readonly string[];
  /** The port requires a client certificate, so only the command can request the path. */
  readonly requiresTls?: true;
  /** The command only checks that the port accepts connections. */
  readonly connectionOnly?: true;
}

export interface Limits {
  /** Kubernetes quantity, such as "512Mi". */
  readonly memory: string;
  /** Cores. */
  readonly cpu: number;
  /** Space on the node's disk, if the platform limits it. Defaults to a value chosen by the platform. */
  readonly ephemeralStorage?: string | undefined;
  /** Resource requests. Default to values chosen by the platform. */
  readonly requests?: { readonly memory?: string | undefined; readonly cpu?: number | undefined } | undefined;
}

/** A port of another workload, or of the workload's own replicas, that a program connects to. */
export interface Reach {
  readonly workload: string;
  readonly port: number;
  readonly protocol?: "UDP";
}

/** A destination outside the stack. */
export interface ReachOutside {
  /** Description, such as "pagerduty". */
  readonly what: string;
  /** Empty: all ports and protocols, including ICMP. */
  readonly ports: readonly number[];
  readonly protocol?: "UDP";
  /** CIDR ranges. If unset, any address inside or outside the cluster. */
  readonly ranges?: readonly string[] | undefined;
}

/** Clients outside the stack that may connect to a port. */
export interface OpenTo {
  readonly port: number;
  readonly protocol?: "UDP";
  /** "people": through an Ingress or route, if one is configured for the workload. "everyone": from any address. */
  readonly who: "people" | "everyone";
}

/** Kubernetes API access of a workload. */
export type Discovery =
  /** Discover pods, services and nodes, and read metrics of nodes and the API server. */
  | "scrape targets"
  /** Read the names and labels of the pods on its node. */
  | "pods"
  /** Read the events of the cluster. */
  | "events"
  /** Read all objects exposed by kube-state-metrics. */
  | "cluster state";

/** A fact about the running program, provided by the platform as an environment variable. */
export type OwnFact = "replica name" | "host name" | "address";

/**
 * A program that runs next to a workload, as the same user: on Kubernetes in its pods, on Docker in a container of its own. In
 * its command, `{host}` stands for the address of the workload.
 */
export interface Sidecar
  extends Pick<Workload, "name" | "image" | "command" | "environment" | "files" | "scratch" | "ports" | "probe">,
    Pick<Workload, "limits" | "reaches" | "reachesOutside" | "usesCloudRole" | "stopGraceSeconds"> {
  /** Names of the workload's volumes that it also mounts. */
  readonly shares: readonly string[];
}

/** Platform-independent description of a program. */
export interface Workload {
  /** DNS name inside the stack, and prefix of resource names. */
  readonly name: string;
  /** Shared by mutually exclusive workloads that use the same ports: switching replaces one with the other. */
  readonly slot?: string;
  /**
   * Shared by similar workloads: on Kubernetes they have a common Service and NetworkPolicy, and each has a host name
   * `name.family`.
   */
  readonly family?: string;
  /** Value of the service label of its logs. */
  readonly service: string;
  readonly image: string;
  /** Program and arguments; does not rely on the image's entrypoint. Must not contain secrets. */
  readonly command: readonly string[];
  /** Must not contain secrets. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables set by the platform, if it knows the fact. The command can refer to them as `$(NAME)`. */
  readonly ownFacts?: Readonly<Record<string, OwnFact>>;
  /** "uid:gid"; root requires a comment with the reason. */
  readonly user: string;
  readonly supplementaryGroups?: readonly string[];
  readonly files?: readonly FileSet[];
  readonly volumes?: readonly DataVolume[];
  readonly sharedVolumes?: readonly SharedVolume[];
  readonly hostPaths?: readonly HostPath[];
  /** Writable in-memory directories with their size. */
  readonly scratch?: readonly { readonly directory: string; readonly size: string }[];
  readonly ports: readonly Port[];
  readonly probe?: Probe;
  readonly limits: Limits;
  /** Number of replicas, each with its own volumes. Always 1 on Docker. */
  readonly replicas?: number;
  /** One of each per replica. */
  readonly sidecars?: readonly Sidecar[];
  readonly reaches?: readonly Reach[];
  readonly reachesOutside?: readonly ReachOutside[];
  /** It scrapes all scraped ports of the stack. */
  readonly scrapes?: true;
  readonly openTo?: readonly OpenTo[];
  /** Node agents call it by its short name, from their namespace. */
  readonly calledByAgents?: true;
  /** If unset, it has no API access and no service account. */
  readonly discovers?: Discovery;
  /** It authenticates to the cloud with a role that the platform gives it, instead of a key. */
  readonly usesCloudRole?: true;
  /** "service": one per stack. "every-node": one per node of a cluster. */
  readonly placement: "service" | "every-node";
  /** Privileges beyond an unprivileged process on a read-only root; each requires a comment with the reason. */
  readonly capabilities?: readonly string[];
  /** It sends ICMP echo requests, for which all groups of its network namespace get permission. */
  readonly pings?: true;
  readonly writableRoot?: boolean;
  /** Uses the host's PID namespace. */
  readonly hostPid?: boolean;
  /** Seconds between the stop signal and the kill. */
  readonly stopGraceSeconds: number;
}

/** A sidecar as a workload of its own. `host`: the address at which it reaches its workload. */
export function besideWorkload(sidecar: Sidecar, { service, user, placement }: Workload, host: string): Workload {
  const { shares: _, ...program } = sidecar;
  return {
    ...program,
    command: sidecar.command.map((word) => word.replaceAll("{host}", host)),
    service,
    user,
    placement,
  };
}

/** A workload with the ports, connections and role of its sidecars, which share its pods. */
export function withSidecars({ sidecars = [], ...workload }: Workload): Workload {
  if (sidecars.length === 0) return workload;
  const all = [workload, ...sidecars];
  return {
    ...workload,
    ports: all.flatMap(({ ports }) => ports),
    reaches: all.flatMap(({ reaches = [] }) => reaches),
    reachesOutside: all.flatMap(({ reachesOutside = [] }) => reachesOutside),
    ...(all.some(({ usesCloudRole }) => usesCloudRole) && { usesCloudRole: true }),
  };
}

/** Probe for images with wget (BusyBox or GNU). */
export function wgetProbe(port: number, path: string): Probe {
  return { port, path, command: ["wget", "-q", "-T", "3", "-O", "/dev/null", `http://127.0.0.1:${port}${path}`] };
}

/** Probe for images with bash but no HTTP client. */
export function bashProbe(port: number, path: string): Probe {
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3 | grep -q ' 200 '`;
  return { port, path, command: ["bash", "-c", script] };
}

/**
 * Lets processes without privileges ping. NET_RAW would have no effect on a program that does not run as root, and Kubernetes
 * forbids it at the level `restricted`.
 */
export const pingSysctl = { name: "net.ipv4.ping_group_range", value: "0 2147483647" } as const;
