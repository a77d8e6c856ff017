import { text } from "./units.ts";

/** Name of a label that users add. Prometheus reserves names that start with "__". */
export const labelName = text(
  /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/,
  'is not a valid label name; use letters, digits and "_", and no "__" at the start',
);

/** Labels that the stack sets on every series and log line. */
const ownLabels = ["job", "instance", "service", "cluster", "env", "replica"];

/** Labels that rules set on every alert. */
const alertLabels = ["alertname", "severity", "priority", "team"];

/** Describes why a label cannot be added to the series of a target; undefined if it can. */
export function addedLabelProblem(label: string): string | undefined {
  if (ownLabels.includes(label)) return "is set by the stack; use another name";
  return alertLabels.includes(label) ? "is a label of every alert, which would hide it; use another name" : undefined;
}
