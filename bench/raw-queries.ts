import { parser } from "@prometheus-io/lezer-promql";
import { recorded, recordingGroups, requestFailures, requests } from "../config/alerts/recording.ts";
import type { Settings } from "../config/settings/schema.ts";

/** Rules replaced by what one would write on raw series: a single rate over the long range. */
const asWritten: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      [recorded.requestFailureRatio30m, "30m"],
      [recorded.requestFailureRatio1h, "1h"],
      [recorded.requestFailureRatio6h, "6h"],
      [recorded.requestFailureRatio3d, "3d"],
    ] as const
  ).map(([record, window]) => [record, `(${requestFailures(window)}) / (${requests(window)} > 0)`]),
);

/** Rewrites a panel's query to raw series. Returns it unchanged if it reads no recorded series. */
export function onRawSeries(settings: Settings, expr: string): string {
  const rules = recordingGroups(settings).flatMap((group) => group.rules);
  const expressions = new Map(rules.flatMap((rule) => ("record" in rule ? [[rule.record, rule.expr]] : [])));
  for (const [record, expression] of Object.entries(asWritten)) expressions.set(record, expression);
  let raw = expr;
  for (;;) {
    const found = selectors(raw).find(({ metric }) => expressions.has(metric));
    if (found === undefined) return raw;
    const inner = narrowed(expressions.get(found.metric) ?? "", found.matchers, found.offset);
    raw = `${raw.slice(0, found.from)}(${inner})${raw.slice(found.to)}`;
  }
}

interface Selector {
  readonly metric: string;
  /** Without braces. */
  readonly matchers: string;
  readonly offset: string;
  readonly from: number;
  /** End of matchers, range and offset. */
  readonly to: number;
  readonly range: string;
}

function selectors(expr: string): Selector[] {
  const found: Selector[] = [];
  parser.parse(expr).iterate({
    enter({ name, from, to, node }) {
      if (name !== "VectorSelector") return;
      const [, metric = "", matchers = ""] = /^([\w:]+)\s*(?:\{(.*)\})?$/s.exec(expr.slice(from, to)) ?? [];
      const end = node.parent?.name === "MatrixSelector" ? node.parent.to : to;
      const offset = /^\s+offset\s+\w+/.exec(expr.slice(end))?.[0] ?? "";
      found.push({ metric, matchers, offset, from, to: end + offset.length, range: expr.slice(to, end) });
    },
  });
  return found;
}

/** Adds matchers and an offset to all selectors of an expression. */
function narrowed(expr: string, matchers: string, offset: string): string {
  return selectors(expr)
    .toReversed()
    .reduce((text, selector) => {
      const all = [selector.matchers, matchers].filter((each) => each !== "").join(", ");
      const written = `${selector.metric}{${all}}${selector.range}${selector.offset || offset}`;
      return `${text.slice(0, selector.from)}${written}${text.slice(selector.to)}`;
    }, expr);
}
