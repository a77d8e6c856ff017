import type { RenderedFile } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import type { Product, SecretFiles } from "../product.ts";
import type { CollectorPlaces } from "./pipeline.ts";

/** Both collectors have the same job, so that rules and dashboards do not depend on which one runs. */
export const collectorJob = "collector";

/** Directory of read positions for both collectors: a volume at a path that exists in no image. */
export const collectorDataDirectory = "/var/lib/collector";

/** Root without capabilities: pods' files, the journal and most log files belong to root. */
export const collectorUser = "0:0";

/** Secrets of `logs.remote`, which both collectors read at each request. */
export function remoteSecrets(workload: string) {
  return {
    secrets: {
      directory: `/etc/secrets/${workload}/secrets`,
      keys: ["logsRemotePassword", "logsRemoteToken", "logsRemoteTlsKey"],
      read: "at each use",
    },
  } as const;
}

/** Names of a log agent's metrics. Those of files are gauges, despite the _total suffix. */
export interface CollectorMetrics {
  readonly sent: string;
  readonly requests: string;
  readonly fileBytes: string;
  readonly readBytes: string;
  readonly readLines: string;
  /** Entries of a source. */
  readonly containers: string;
  readonly syslog: string;
  readonly journal: string;
  /** Syslog messages that could not be parsed. */
  readonly unparsed: string;
}

/** A log agent, as plain data. */
export interface CollectorProduct extends Product {
  readonly job: typeof collectorJob;
  /** Key of its published port, below `logs`. */
  readonly portKey: "alloyPort" | "promtailPort";
  readonly configDirectory: string;
  readonly secretFiles: { readonly secrets: SecretFiles };
  readonly program: string;
  readonly args: readonly string[];
  /** Command that validates a config before it is used. */
  readonly check: readonly [string, ...string[]];
  /** Path that reloads its config. */
  readonly reloadPath: string;
  /** Environment variable with the name of its host. */
  readonly hostVariable: string;
  /** Whether it can send different lines to the endpoints of `logs.remote`. */
  readonly filtersDestinations: boolean;
  readonly metrics: CollectorMetrics;
  /** Whether it takes spans by OTLP and forwards them to Jaeger. */
  readonly takesSpans: boolean;
}

/** A log agent: reads the pipeline's sources and pushes their lines to Loki. */
export interface Collector extends CollectorProduct {
  /** Its config files, relative to `configDirectory`. */
  readonly render: (settings: Settings, places?: CollectorPlaces) => RenderedFile[];
}
