/** A relabelling rule. https://prometheus.io/docs/prometheus/latest/configuration/configuration/#relabel_config */
export interface RelabelConfig {
  readonly source_labels?: readonly string[];
  readonly separator?: string;
  readonly regex?: string;
  readonly target_label?: string;
  readonly replacement?: string;
  readonly action?: "keep" | "drop" | "replace" | "labeldrop";
}

/** Keeps targets or series whose labels match these regular expressions. */
export function keep(labels: Readonly<Record<string, string>>): RelabelConfig {
  return { source_labels: Object.keys(labels), regex: Object.values(labels).join(";"), action: "keep" };
}

export function drop(labels: Readonly<Record<string, string>>): RelabelConfig {
  return { source_labels: Object.keys(labels), regex: Object.values(labels).join(";"), action: "drop" };
}

/** Sets a label. */
export function set(label: string, value: string): RelabelConfig {
  return { target_label: label, replacement: value };
}

/** Copies a label's value, or the part matched by the group of the expression, unless it is empty. */
export function copy(from: string, to: string, regex = "(.+)"): RelabelConfig {
  return { source_labels: [from], regex, target_label: to };
}
