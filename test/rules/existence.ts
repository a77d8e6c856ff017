import { recordingGroups } from "../../config/alerts/recording.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { canMatch, knownSeries, type Matcher, targetLabels } from "../recordings/known-series.ts";
import { read } from "./expressions.ts";

const known = knownSeries();

/** Expression of each recorded series, by name. */
export type Recorded = ReadonlyMap<string, string>;

export function recordedIn(...stacks: readonly Settings[]): Recorded {
  const rules = stacks.flatMap((settings) => recordingGroups(settings).flatMap((group) => group.rules));
  return new Map(rules.flatMap((rule) => ("record" in rule ? [[rule.record, rule.expr]] : [])));
}

/** Metrics that neither a recorded target exposes nor a recording rule creates. */
export function unknownMetrics(expression: string, recorded: Recorded): string[] {
  const metrics = read(expression).selectors.map(({ metric }) => metric);
  return metrics.filter((metric) => metric !== "" && !known.has(metric) && !recorded.has(metric));
}

/** Matchers on a label that the metric lacks, or on a value that none of its series has: `metric label="value"`. */
export function vainMatchers(expression: string, recorded: Recorded): string[] {
  return read(expression).selectors.flatMap(({ metric, labels }) =>
    labels
      .filter((matcher) => !fits(metric, matcher, recorded))
      .map(({ name, operator, value }) => `${metric} ${name}${operator}${JSON.stringify(value)}`),
  );
}

/** Labels of `by`, `without`, `on` and `ignoring` that no metric of the expression has. */
export function vainGroupings(expression: string, recorded: Recorded): string[] {
  const { grouping, selectors } = read(expression);
  const existing = new Set([
    ...madeLabels(expression),
    ...selectors.flatMap(({ metric }) => labelsOf(metric, recorded)),
  ]);
  return grouping.filter((label) => ![...targetLabels, "le"].includes(label) && !existing.has(label));
}

/** Labels that the expression itself creates. */
function madeLabels(expression: string): string[] {
  const made = /label_replace\(.*?,\s*"(\w+)",|count_values by \([^)]*\) \("(\w+)"/gs;
  return [...expression.matchAll(made)].map(([, replaced, counted]) => replaced ?? counted ?? "");
}

/** Constant values that an expression assigns to a label. */
function valuesMade(expression: string, label: string): Set<string> {
  const values = [...expression.matchAll(/,\s*"(\w+)",\s*"([^"$]+)",\s*"",\s*""\)/g)];
  return new Set(values.flatMap(([, name, value = ""]) => (name === label ? [value] : [])));
}

/** Whether the matcher can select any series. For a recorded metric, checks the expression that records it. */
function fits(metric: string, matcher: Matcher, recorded: Recorded): boolean {
  const expr = recorded.get(metric);
  if (metric === "" || targetLabels.includes(matcher.name)) return true;
  if (expr === undefined) return canMatch(known, metric, matcher);
  const made = new Map([[metric, new Map([[matcher.name, valuesMade(expr, matcher.name)]])]]);
  if (canMatch(made, metric, matcher)) return true;
  return read(expr).selectors.some((inner) => fits(inner.metric, matcher, recorded));
}

/** Labels that a metric can have. For a recorded metric, those that its expression keeps or creates. */
function labelsOf(metric: string, recorded: Recorded): readonly string[] {
  const expr = recorded.get(metric);
  if (expr === undefined) return [...(known.get(metric)?.keys() ?? [])];
  const { grouping, selectors } = read(expr);
  return [...madeLabels(expr), ...grouping, ...selectors.flatMap((selector) => labelsOf(selector.metric, recorded))];
}
