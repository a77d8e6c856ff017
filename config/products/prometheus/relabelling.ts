/** One relabelling rule as Prometheus reads it. https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config */
export interface RelabelConfig {
  readonly source_labels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly target_label?: string;
  readonly replacement?: string;
  readonly action?: "keep" | "drop" | "replace" | "labeldrop";
}

/** Keeps what has these values in these labels; the values are regular expressions. */
export function keep(labels: Readonly<Record<string, string>>): RelabelConfig {
  return { source_labels: Object.keys(labels), regex: Object.values(labels).join(";"), action: "keep" };
}

export function drop(labels: Readonly<Record<string, string>>): RelabelConfig {
  return { source_labels: Object.keys(labels), regex: Object.values(labels).join(";"), action: "drop" };
}

/** Gives every target or series a label. */
export function set(label: string, value: string): RelabelConfig {
  return { target_label: label, replacement: value };
}

/** Takes a label's value over where there is one, or the part of it that the expression's group matches. */
export function copy(from: string, to: string, regex = "(.+)"): RelabelConfig {
  return { source_labels: [from], regex, target_label: to };
}
