import type { FixedSecret, TargetSecret } from "../settings/secrets.ts";
import type { ImageFacts, ImageName } from "./images.ts";

/** A program of the stack, as plain data. Its component, scrape job, data source and checks are derived from it. */
export interface Product {
  /** Name of its workload, which is also its host name inside the stack. */
  readonly workload: string;
  readonly image: ImageName;
  /** Port of its HTTP server inside the stack. The published port is a setting. */
  readonly port: number;
  readonly probe: ProductProbe;
  /** "uid:gid" it runs as; root requires a comment with the reason. */
  readonly user: `${number}:${number}`;
  /** Secrets that it reads from files, by the name of their file set. */
  readonly secretFiles?: Readonly<Record<string, SecretFiles>>;
  /** Scrape job of its own metrics, if it has any. */
  readonly job?: string;
  /** How it serves TLS (`network.tls`). Unset if it cannot. */
  readonly tls?: ServesTls;
  /** When it reads its files for TLS, if it serves TLS or calls other components. */
  readonly readsTls?: SecretFiles["read"];
}

/**
 * An exporter that is not configured with a list of servers to watch. Its config keys, workload, scrape jobs and image facts
 * are derived from this.
 */
export interface HostExporter extends Product {
  readonly job: string;
  /** Service label of its series. */
  readonly service: string;
  readonly command: readonly string[];
  /** Where it runs: on every node of a cluster, or once. On Docker, once. */
  readonly placement: "every-node" | "service";
  /** Keeps labels of its series that conflict with those of the target, such as job. */
  readonly honorLabels?: true;
  readonly imageFacts: Omit<ImageFacts, "user">;
  readonly settings: {
    /** Name in the docs. */
    readonly title: string;
    /** Description of the key `enabled`. */
    readonly description: string;
    readonly enabled: boolean;
    readonly memory: string;
    readonly cpu: number;
  };
}

/** TLS of a program's HTTP server, which requires a client certificate. `{directory}` is the directory of its TLS files. */
export interface ServesTls {
  readonly args: readonly string[];
  /** Name in the certificate that clients expect. Defaults to the workload's. */
  readonly name?: string;
  /** Health check with TLS, if it has a suitable program. By default, that it accepts connections. */
  readonly probe?: {
    readonly command: readonly string[];
    /** Port of a separate server that answers it without TLS. */
    readonly plainPort?: number;
  };
}

/** Descriptor of a program whose port is a setting. */
export type Program = Omit<Product, "port" | "job">;

/** Health check of a program. */
export interface ProductProbe {
  /** Path that returns 200 when the program is ready. */
  readonly path: string;
  /** Program in the container that requests the path, or a command. `nothing`: the image has no suitable program. */
  readonly by: "wget" | "bash" | "nothing" | readonly string[];
}

/** Secrets in one directory, each in a file named after its key unless the component says otherwise. */
export interface SecretFiles {
  readonly directory: string;
  /** All keys that a stack may need, and prefixes of those named after a target. */
  readonly keys: readonly (FixedSecret | TargetSecret | "demoDatabasePassword")[];
  readonly read: "at each use" | "at start";
}

/** Address inside the stack, such as "prometheus:9090". */
export function addressOf({ workload, port }: Pick<Product, "workload" | "port">): string {
  return `${workload}:${port}`;
}

/** The product's port as other workloads reach it. */
export function reach({ workload, port }: Pick<Product, "workload" | "port">): { workload: string; port: number } {
  return { workload, port };
}
