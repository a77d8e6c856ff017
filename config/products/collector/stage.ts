/** One relabelling rule, in the words both collectors take from Prometheus. */
export interface RelabelRule {
  readonly source_labels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly target_label?: string;
  readonly replacement?: string;
  readonly action?: "replace" | "labelmap" | "labelkeep" | "lowercase";
}

/** A metric counted from log lines. Its labels are those that the line carries when it reaches the stage. */
export type LogMetric = {
  readonly name: string;
  readonly description: string;
} & (
  | { readonly type: "counter"; readonly match: "every line" }
  | { readonly type: "counter"; readonly match: "lines with"; readonly source: string }
  | { readonly type: "histogram"; readonly source: string; readonly buckets: readonly number[] }
);

/** One step of a pipeline. Field names are the collectors' own: where the two differ, each renderer translates. */
export type Stage =
  /** A line as a cluster's container runtime writes it; cut ones are put together. */
  | { readonly stage: "cri" }
  | { readonly stage: "drop"; readonly expression: string; readonly reason: string }
  | {
      readonly stage: "multiline";
      readonly firstline: string;
      readonly max_lines: number;
      readonly max_wait_time: string;
    }
  | { readonly stage: "regex"; readonly expression: string; readonly source?: string }
  | { readonly stage: "json"; readonly expressions: Readonly<Record<string, string>>; readonly source: string }
  | { readonly stage: "template"; readonly source: string; readonly template: string }
  | {
      readonly stage: "timestamp";
      readonly source: string;
      readonly format: string;
      readonly fallback_formats?: readonly string[];
      readonly location?: string;
    }
  /** Labels from extracted values: label to value's name. */
  | { readonly stage: "labels"; readonly values: Readonly<Record<string, string>> }
  | { readonly stage: "static_labels"; readonly values: Readonly<Record<string, string>> }
  | { readonly stage: "label_drop"; readonly values: readonly string[] }
  | { readonly stage: "structured_metadata"; readonly values: readonly string[] }
  | { readonly stage: "metric"; readonly metric: LogMetric };

/** Where lines come from. */
export type Input =
  | { readonly kind: "files"; readonly paths: readonly string[] }
  | { readonly kind: "syslog"; readonly listenAddress: string; readonly relabel: readonly RelabelRule[] }
  | {
      readonly kind: "containers";
      readonly socket: string;
      /** Rules on what is known of a container. */
      readonly relabel: readonly RelabelRule[];
      /** Rules on what is known of one of its lines. */
      readonly relabelLine: readonly RelabelRule[];
    }
  | {
      readonly kind: "pods";
      /** The cluster's API; left out: that of the cluster the collector runs in. */
      readonly api: string | undefined;
      /** Rules on what is known of a container, `__path__` among what they set. */
      readonly relabel: readonly RelabelRule[];
    }
  | { readonly kind: "journal"; readonly path: string; readonly relabel: readonly RelabelRule[] };

/** A source of log lines and what is done with them. `name` is a component's name: letters, digits and "_". */
export interface Source {
  readonly name: string;
  readonly input: Input;
  readonly stages: readonly Stage[];
}

/** What every line is sent to and marked with. */
export interface Pipeline {
  readonly pushUrl: string;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly sources: readonly Source[];
}
