import type * as pulumi from "@pulumi/pulumi";

/** A file with its final content. A secret one is an Output from config to the mounted file. */
export interface WorkloadFile {
  /** Relative to the directory of its set. */
  readonly path: string;
  readonly content: pulumi.Input<string>;
  /** The content only stands in: where the program runs, the platform puts the token of its account here, always a valid one. */
  readonly accountToken?: true;
}

/** How a running program takes a file set that has changed. */
export type Reload =
  /** It notices by itself: a poll, a file watch, a read at every use. */
  | { readonly kind: "watches" }
  /** It is told, by a POST inside the stack's network, once the new files are in place. */
  | { readonly kind: "http"; readonly port: number; readonly path: string }
  /** It cannot: this workload alone restarts. */
  | { readonly kind: "restart" };

/**
 * Files that are mounted together, read-only, and change together. Secret files have a set of their own, so that the
 * preview of the others stays readable.
 */
export interface FileSet {
  /** Names the set beside its workload: "config", "secrets". */
  readonly name: string;
  readonly directory: string;
  readonly files: readonly WorkloadFile[];
  readonly secret: boolean;
  readonly reload: Reload;
  /**
   * The product's own checker: a set it refuses never reaches the running program nor its next start, and `up` fails with
   * its message. `{directory}` stands for where the candidate files lie.
   */
  readonly check?: readonly string[];
  /** Files that leave the set leave the disk, too. Needs a shell in the image, as check and apply do. */
  readonly removesStale?: true;
  /** A command of the product that must run after each change, with the workload's volumes mounted; skipped until `onceExists` does. */
  readonly apply?: { readonly command: readonly string[]; readonly onceExists: string };
}

/** Data that outlives the container that writes it. */
export interface DataVolume {
  readonly name: string;
  readonly directory: string;
  /** Kubernetes quantity, "13Gi". Docker has no way to enforce it. */
  readonly size: string;
  /** The data stays even when the stack goes. */
  readonly keep: boolean;
}

/** A directory that several workloads see; in memory, bounded, gone with the stack. */
export interface SharedVolume {
  /** The same for every workload that mounts it. */
  readonly name: string;
  readonly directory: string;
  readonly size: string;
  readonly readOnly: boolean;
}

/** A path of the host, where a program has to look at the host itself. */
export interface HostPath {
  readonly hostPath: string;
  readonly directory: string;
  readonly readOnly: boolean;
  /** Follow mounts made later on the host. */
  readonly propagation?: "rslave";
}

export interface Port {
  readonly name: string;
  readonly port: number;
  /** Prometheus reads metrics here. */
  readonly scraped?: true;
  /** Host port that users know it by; left out: reachable inside the stack only. */
  readonly publishedPort?: number;
}

/** Whether the program serves. Where its image has no program that could ask, `command` is left out and Docker cannot tell. */
export interface Probe {
  readonly port: number;
  readonly path: string;
  readonly command?: readonly string[];
}

export interface Limits {
  /** Kubernetes quantity, "512Mi". */
  readonly memory: string;
  /** Cores. */
  readonly cpu: number;
  /** What a node reserves; each left out: what the platform finds sensible. */
  readonly requests?: { readonly memory?: string | undefined; readonly cpu?: number | undefined } | undefined;
}

/** A port of another workload, or of its own other replicas, that a program connects to. */
export interface Reach {
  readonly workload: string;
  readonly port: number;
  readonly protocol?: "UDP";
}

/** Something outside of the stack that a program connects to. */
export interface ReachOutside {
  /** What it is, for people and tests: "pagerduty". */
  readonly what: string;
  readonly ports: readonly number[];
  /** Its addresses; left out: any, in the cluster or out of it. */
  readonly ranges?: readonly string[] | undefined;
}

/** Who may connect to a port although he is no part of the stack. */
export interface OpenTo {
  readonly port: number;
  /** "people": through the way in that config names. "everyone": whoever has the address. */
  readonly who: "people" | "everyone";
}

/** What a program asks the platform about itself, by the account it runs as. */
export type Discovery =
  /** Pods, services and nodes to scrape, and the metrics of nodes and of the API. */
  | "scrape targets"
  /** Names and labels of the pods on its node. */
  | "pods"
  /** State of every object that state metrics are made of. */
  | "cluster state";

/** What the platform knows about the running program, as the value of a variable. */
export type OwnFact = "replica name" | "host name" | "address";

/** One running program, as far as both platforms agree. */
export interface Workload {
  /** DNS name inside the stack and stem of every resource name. */
  readonly name: string;
  /** Shared by workloads of which only one can run, since they take the same ports: switching replaces one by the other. */
  readonly slot?: string;
  /**
   * Shared by workloads that are alike and may be many: on a cluster they have one Service and one policy together, in
   * which each keeps a host name of its own, `name.family`.
   */
  readonly family?: string;
  /** Label service of its logs. */
  readonly service: string;
  readonly image: string;
  /** Program and arguments, whole: no image's entrypoint is relied on. Never a secret. */
  readonly command: readonly string[];
  /** Never a secret. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Variables that the platform fills in, where it knows the fact. `$(NAME)` in the command stands for one of them. */
  readonly ownFacts?: Readonly<Record<string, OwnFact>>;
  /** "uid:gid"; root only with the reason at the spot. */
  readonly user: string;
  readonly supplementaryGroups?: readonly string[];
  readonly files?: readonly FileSet[];
  readonly volumes?: readonly DataVolume[];
  readonly sharedVolumes?: readonly SharedVolume[];
  readonly hostPaths?: readonly HostPath[];
  /** Directories that are writable and forgotten, in memory, with their size. */
  readonly scratch?: readonly { readonly directory: string; readonly size: string }[];
  readonly ports: readonly Port[];
  readonly probe?: Probe;
  readonly limits: Limits;
  /** How many run side by side, each with volumes of its own. Docker runs one. */
  readonly replicas?: number;
  readonly reaches?: readonly Reach[];
  readonly reachesOutside?: readonly ReachOutside[];
  /** It reads every scraped port of the stack. */
  readonly scrapes?: true;
  readonly openTo?: readonly OpenTo[];
  /** Workloads on every node call it by its short name, from their own namespace. */
  readonly calledByAgents?: true;
  /** Left out: it asks nothing, and has no account. */
  readonly discovers?: Discovery;
  /** "service": one per stack. "every-node": one on each host of a cluster. */
  readonly placement: "service" | "every-node";
  /** What the program needs beyond an unprivileged process on a read-only root. Each with the reason at the spot. */
  readonly capabilities?: readonly string[];
  readonly writableRoot?: boolean;
  /** Sees the host's processes. */
  readonly hostPid?: boolean;
  /** Seconds it gets to stop before it is killed. */
  readonly stopGraceSeconds: number;
}

/** Probe of an image that has wget (BusyBox or GNU). */
export function wgetProbe(port: number, path: string): Probe {
  return { port, path, command: ["wget", "-q", "-T", "3", "-O", "/dev/null", `http://127.0.0.1:${port}${path}`] };
}

/** Probe of an image that has bash and no HTTP client. */
export function bashProbe(port: number, path: string): Probe {
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf 'GET ${path} HTTP/1.0\\r\\n\\r\\n' >&3; head -1 <&3 | grep -q ' 200 '`;
  return { port, path, command: ["bash", "-c", script] };
}
