import { parser as logql } from "@grafana/lezer-logql";
import { levels } from "../../config/products/collector/logger.ts";
import { canMatch, type KnownSeries, knownSeries, targetLabels } from "../recordings/known-series.ts";
import { recordedIn } from "../rules/existence.ts";
import { read, type Selector } from "../rules/expressions.ts";
import { stack } from "../rules/stacks.ts";

const series = knownSeries();
const recorded = recordedIn(stack("prod"), stack("dev"));

/** Metrics that exist in any stack: what targets expose, what logs are counted as, and what rules record. */
const metrics = new Set([...series.keys(), ...recorded.keys()]);

/** Labels of White Room's own metrics and of alerts whose values are known in full. */
const closed = (metric: string, label: string) =>
  metric.startsWith("ALERTS") ||
  (metric.startsWith("whiteroom_") &&
    ["direction", "result", "window", "day", "finding_severity", "level"].includes(label));

/** Metrics of White Room in a text that do not exist; `whiteroom_ffi_*` stands for all that begin with it. */
export function metricMistakes(text: string): string[] {
  const unknown = [...text.matchAll(/[\w:]*\bwhiteroom_[\w:]*(\*?)/g)].filter(([name, star]) =>
    star === "" ? !metrics.has(name) && !families.has(name) : !beginsMetric(name.slice(0, -1)),
  );
  return unknown.map(([name]) => `metric ${name} does not exist`);
}

/** Histograms as they are called in a text, without the suffix of their series. */
const families = new Set([...metrics].map((name) => name.replace(/_(?:bucket|sum|count)$/, "")));

function beginsMetric(prefix: string): boolean {
  return [...metrics].some((name) => name.startsWith(prefix));
}

/** What is wrong with a PromQL expression: that it does not parse, or asks for what does not exist. */
export function promqlMistakes(expression: string): string[] {
  let reads: ReturnType<typeof read>;
  try {
    reads = read(expression);
  } catch (error) {
    return [(error as Error).message];
  }
  if (reads.selectors.length === 0 && !/\d/.test(expression)) return [`is no expression: ${expression}`];
  const existing = new Set([...targetLabels, "le", "quantile"]);
  const mistakes = reads.selectors.flatMap((selector) => {
    for (const label of labelsOf(selector.metric) ?? []) existing.add(label);
    return selectorMistakes(selector);
  });
  const open = reads.selectors.some(({ metric }) => labelsOf(metric) === undefined);
  const unknown = open ? [] : reads.grouping.filter((label) => !existing.has(label));
  return [...mistakes, ...unknown.map((label) => `groups by ${label}, a label that nothing in it has: ${expression}`)];
}

function selectorMistakes({ metric, labels }: Selector): string[] {
  if (metric === "") return [];
  if (!metrics.has(metric)) return [`asks for ${metric}, which no target exposes and no rule records`];
  const known = labelsOf(metric);
  return labels.flatMap((matcher) => {
    const { name, operator, value } = matcher;
    if (targetLabels.includes(name) || known === undefined) return [];
    if (!known.includes(name)) return [`selects by ${name}, which ${metric} has not; it has ${known.join(", ")}`];
    const hasValues = (series.get(metric)?.get(name)?.size ?? 0) > 0;
    if (!closed(metric, name) || !hasValues || canMatch(series, metric, matcher)) return [];
    return [`${name}${operator}"${value}" matches no value that ${metric} has`];
  });
}

/** Labels of a metric beside its target's; undefined where they are not known. */
function labelsOf(metric: string): readonly string[] | undefined {
  const labels = series.get(metric);
  return labels && [...labels.keys()];
}

/** Labels of log streams; what else a line carries is structured metadata or in its text. */
const streamLabels = ["job", "service", "cluster", "env", "host", "level", "namespace", "container"];

/** What is wrong with a LogQL query. */
export function logqlMistakes(query: string): string[] {
  const mistakes: string[] = [];
  const text = (node: { from: number; to: number }) => query.slice(node.from, node.to);
  let selectors = 0;
  logql.parse(query).iterate({
    enter(node) {
      if (node.type.isError) mistakes.push(`does not parse at "${query.slice(node.from, node.from + 20)}": ${query}`);
      if (node.name === "Selector") selectors += 1;
      // Behind the selector, a line's fields are matched as well.
      if (node.name !== "Matcher" || node.node.parent?.name !== "Matchers") return;
      const [, label = "", operator = "", value = ""] = /^(\w+)\s*(=~|!~|!=|=)\s*["`](.*)["`]$/.exec(text(node)) ?? [];
      if (!streamLabels.includes(label)) {
        mistakes.push(`selects by ${label}, which no log stream has; they have ${streamLabels.join(", ")}`);
      }
      if (label === "level" && !canMatch(levelSeries, "lines", { name: label, operator, value })) {
        mistakes.push(`level${operator}"${value}" matches none of ${levels.join(", ")}`);
      }
    },
  });
  return selectors === 0 && mistakes.length === 0 ? [`selects no log stream: ${query}`] : mistakes;
}

const levelSeries: KnownSeries = new Map([["lines", new Map([["level", new Set(levels)]])]]);
