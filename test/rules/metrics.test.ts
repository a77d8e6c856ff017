import assert from "node:assert/strict";
import { test } from "node:test";
import { renderRules } from "../../config/alerts/render.ts";
import { metricCatalogue } from "../../config/white-room/metrics.ts";
import { unknownMetrics, vainGroupings, vainMatchers } from "./existence.ts";
import { isAlert, read, rulesOf } from "./expressions.ts";
import { stack } from "./stacks.ts";

// The last stack has its own objectives, because rules select objectives by name.
const rules = [stack("prod"), stack("dev", { logs: { collector: "promtail" } }), stack("dev")].flatMap((settings) =>
  rulesOf(renderRules(settings)),
);
const expressions = [...new Set(rules.map(({ expr }) => expr))];
const recorded = new Map(rules.flatMap((rule) => (isAlert(rule) ? [] : [[rule.record, rule.expr] as const])));

const fromLogs = [
  "whiteroom_log_lines_total",
  "whiteroom_nginx_request_duration_seconds",
  "whiteroom_nginx_requests_total",
];

/** Name of a metric in the catalogue, which lists a histogram without the suffixes of its series. */
function family(metric: string): string {
  const histogram = /^(.*)_(?:bucket|count|sum)$/.exec(metric)?.[1];
  return metricCatalogue.find(({ name, type }) => name === histogram && type === "histogram")?.name ?? metric;
}

test("every metric in a rule was recorded from a real target or by a rule", () => {
  assert.deepEqual([...new Set(expressions.flatMap((expr) => unknownMetrics(expr, recorded)))], []);
});

test("every White Room metric in a rule is in the metrics catalogue", () => {
  const names = new Set<string>([...metricCatalogue.map(({ name }) => name), ...fromLogs]);
  const metrics = expressions.flatMap((expr) => read(expr).selectors.map(({ metric }) => metric));
  const unknown = metrics.filter((metric) => metric.startsWith("whiteroom_") && !names.has(family(metric)));
  assert.deepEqual([...new Set(unknown)], []);
});

test("every label that a rule selects exists on that metric, with a matching value", () => {
  assert.deepEqual([...new Set(expressions.flatMap((expr) => vainMatchers(expr, recorded)))], []);
});

test("every label that a rule aggregates by exists on a metric that it reads", () => {
  const wrong = expressions.flatMap((expr) => vainGroupings(expr, recorded).map((label) => `${label} in ${expr}`));
  assert.deepEqual(wrong, []);
});
