import type { Filter } from "../../settings/destinations.ts";
import type { HttpConfig } from "../connections.ts";

/** A relabelling rule, with Prometheus' field names. */
export interface RelabelRule {
  readonly source_labels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly target_label?: string;
  readonly replacement?: string;
  readonly action?: "replace" | "labelmap" | "labelkeep" | "lowercase";
}

/** A metric from log lines, with the labels of the line at this stage. */
export type LogMetric = {
  readonly name: string;
  readonly description: string;
} & (
  | { readonly type: "counter"; readonly match: "every line" }
  | { readonly type: "counter"; readonly match: "lines with"; readonly source: string; readonly value?: string }
  | { readonly type: "histogram"; readonly source: string; readonly buckets: readonly number[] }
);

/** A pipeline stage, with the collectors' field names; each renderer maps the differences. */
export type Stage =
  /** Parses the CRI format and joins partial lines. */
  | { readonly stage: "cri" }
  | { readonly stage: "drop"; readonly expression: string; readonly reason: string }
  | { readonly stage: "drop"; readonly older_than: string; readonly reason: string }
  | {
      readonly stage: "multiline";
      readonly firstline: string;
      readonly max_lines: number;
      readonly max_wait_time: string;
    }
  | { readonly stage: "regex"; readonly expression: string; readonly source?: string }
  /** Replaces the line with an extracted value, if it exists. */
  | { readonly stage: "output"; readonly source: string }
  | { readonly stage: "json"; readonly expressions: Readonly<Record<string, string>>; readonly source: string }
  /** Values of key=value pairs, by the name to store them under. */
  | { readonly stage: "logfmt"; readonly mapping: Readonly<Record<string, string>>; readonly source: string }
  /** Replaces what the groups match in the line. */
  | { readonly stage: "replace"; readonly expression: string; readonly replace: string }
  | { readonly stage: "template"; readonly source: string; readonly template: string }
  | {
      readonly stage: "timestamp";
      readonly source: string;
      readonly format: string;
      readonly fallback_formats?: readonly string[];
      readonly location?: string;
    }
  /** Labels from extracted values, by label name. */
  | { readonly stage: "labels"; readonly values: Readonly<Record<string, string>> }
  | { readonly stage: "static_labels"; readonly values: Readonly<Record<string, string>> }
  | { readonly stage: "label_drop"; readonly values: readonly string[] }
  /** Structured metadata from extracted values, by name. */
  | { readonly stage: "structured_metadata"; readonly values: Readonly<Record<string, string>> }
  | { readonly stage: "metric"; readonly metric: LogMetric };

/** A log source. */
export type Input =
  | { readonly kind: "files"; readonly paths: readonly string[] }
  | {
      readonly kind: "syslog";
      readonly listenAddress: string;
      readonly protocol: "tcp" | "udp";
      readonly format: "rfc5424" | "rfc3164";
      readonly relabel: readonly RelabelRule[];
    }
  | {
      readonly kind: "containers";
      readonly socket: string;
      /** Relabelling rules on container metadata. */
      readonly relabel: readonly RelabelRule[];
      /** Relabelling rules on line metadata. */
      readonly relabelLine: readonly RelabelRule[];
    }
  | {
      readonly kind: "pods";
      /** API server. Defaults to that of the collector's cluster. */
      readonly api: string | undefined;
      /** Relabelling rules on container metadata; must set `__path__`. */
      readonly relabel: readonly RelabelRule[];
    }
  | {
      readonly kind: "journal";
      /** If unset, the persistent and the volatile journal of the machine in /etc/machine-id. */
      readonly path: string | undefined;
      readonly relabel: readonly RelabelRule[];
    };

/** A log source and its stages. `name` is used as a component label: letters, digits and "_". */
export interface Source {
  readonly name: string;
  readonly input: Input;
  readonly stages: readonly Stage[];
}

/** Where lines are sent. `name` is used as a component label: letters, digits and "_". */
export interface Destination {
  readonly name: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly proxyUrl?: string | undefined;
  readonly http: HttpConfig;
  readonly filters: readonly Filter[];
}

/** Destinations and labels of all lines. */
export interface Pipeline {
  /** While the first one is down, no lines are read, so that none are lost. The others must not delay it. */
  readonly destinations: readonly Destination[];
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly sources: readonly Source[];
}
