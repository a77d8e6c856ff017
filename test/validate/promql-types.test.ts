import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parseExpression } from "../../config/alerts/own-rules/expression.ts";
import { recordingGroups } from "../../config/alerts/recording.ts";
import { alertGroups, logAlertGroups } from "../../config/alerts/render.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { tryRun } from "../../scripts/lib/run-command.ts";
import { binary, needs } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";

/** Without line breaks, with one function or operator each. */
const expressions = [
  ...["up", "1", "vector(1)", "scalar(up)", "time()", "pi()", "hour()", "hour(up)", "round(up)", "round(up, 5)"],
  ...["rate(up)", "rate(up[5m])", "rate(up[5m:1m])", "rate(sum(up)[5m:])", "rate(sum(up)[5m])", "increase(up)"],
  ...["sum(up)", "sum(up[5m])", "sum(1)", "sum(up, up)", "sum()", "sum by (job) (up)", "sum without () (up)"],
  ...["topk(3, up)", "topk(up)", "topk(up, 3)", 'topk("3", up)', "quantile(0.9, up)", "limitk(2, up)"],
  ...['count_values("v", up)', "count_values(v, up)", "count_values(up)", "group(up)", "stddev(up)"],
  ...["histogram_quantile(0.9, up)", "histogram_quantile(up)", "histogram_quantile(up, 0.9)", "histogram_avg(up)"],
  ...["abs(up)", "abs(1)", "abs(up[5m])", "clamp(up, 0, 1)", "clamp(up, 0)", "clamp_max(up, up)", "round(up, 1, 2)"],
  ...["sum_over_time(up)", "quantile_over_time(0.5, up[5m])", "quantile_over_time(up[5m], 0.5)", "absent(up)"],
  ...["absent_over_time(up[5m])", "predict_linear(up[1h], 3600)", "predict_linear(up[1h])", "mad_over_time(up[5m])"],
  ...['label_replace(up, "a", "$1", "b", ".*")', 'label_replace(up, "a", "$1", "b")', "label_replace(up, a, b, c, d)"],
  ...[
    'label_join(up, "a", "-", "b", "c")',
    'label_join(up, "a")',
    'label_join(up, "a", "-")',
    "vector(up)",
    "sort(up)",
  ],
  ...["info(up)", 'sort_by_label(up, "a")', "timestamp(up)", "days_in_month(time())", "hour(vector(time()))"],
  ...["up > 1", "up > bool 1", "1 > 1", "1 > bool 1", "1 + 1", "up + bool 1", 'up + "x"', "up[5m] > 1", "1 == 1"],
  ...["up and up", "up and 1", "1 or 2", "up unless on (job) up", "up and on (job) group_left up", "up atan2 up"],
  ...["up / on (job) group_left up", "up ^ 2 ^ 2", "up % 2", "(up)", "-up", "-1", "-up[5m]", '-"x"'],
  ...[
    "up offset 5m",
    "up + up offset 5m",
    "up + sum(up) offset 5m",
    "-up offset 5m",
    "up > up @ 1 offset 5m",
    "sum(up) offset 5m",
    "up @ 1",
    "up @ end()",
    "sum(up) @ end()",
    "up offset -5m",
  ],
  ...["rate(up[5m] offset 5m)", "rate(up[5m] @ 1 offset 5m)", "up offset 5", "(up)[5m]"],
  ...["{}", '{job=""}', '{job=~".*"}', '{job!~".*"}', '{job!=""}', '{job!="a"}', '{job=~".+"}', "{job='a'}", '{"up"}'],
  ...['{__name__=~".*"}', '{__name__="up"}', 'up{job=~"("}', 'up{job!~"a)"}', "up{job=~'a|\\\\d'}", 'up{"a.b"="c"}'],
  ...[
    'up{job="\\d"}',
    "up{job='\\d'}",
    "up{job=`\\d`}",
    'up{job="\\\\d\\x41\\u00e9"}',
    "up{job='\\\\'\"'}",
    'up{job="\\\\\'"}',
  ],
  ...[
    'label_replace(up, "a", "$1", "b", "\\d+")',
    'label_replace(up, "a", "$1", "b", `\\d+`)',
    'count_values("\\y", up)',
  ],
  ...['up{job=~"(?=a)"}', "up{job=~`\\d+`}", 'rate({job="a"}[5m])', "rate({}[5m])", "sum(rate({}[5m]))"],
];

/** Accepted by promtool, but Prometheus cannot evaluate them in a rule. */
const noResult = ["up[5m]", "((up[5m]))", "up[5m:1m]", "up[5m] offset 5m", '"x"'];

const isAccepted = (expression: string) => {
  const { errorAt, typeProblem } = parseExpression("PromQL", expression);
  return errorAt === undefined && typeProblem === undefined;
};

test("expressions are accepted exactly if promtool accepts them in a rule", needs("promtool"), async (context) => {
  const directory = mkdtempSync(join(tmpdir(), "white-room-promql-"));
  context.after(() => rmSync(directory, { recursive: true }));
  const accepts = async (expression: string, index: number) => {
    const file = join(directory, `${index}.yml`);
    const rules = [{ record: "recorded", expr: expression }];
    writeFileSync(file, JSON.stringify({ groups: [{ name: "group", rules }] }));
    const { code } = await tryRun(binary("promtool") ?? "", ["check", "rules", file]);
    return code === 0;
  };
  const verdicts: Record<string, boolean> = {};
  for (const [index, expression] of expressions.entries()) verdicts[expression] = await accepts(expression, index);
  assert.deepEqual(Object.fromEntries(expressions.map((each) => [each, isAccepted(each)])), verdicts);
});

test("ranges and strings are not accepted as results of a rule", () => {
  assert.deepEqual(noResult.filter(isAccepted), []);
});

test("the stack's own rules are accepted", () => {
  const refused = ["dev", "prod"].flatMap((stack) => {
    const settings = toSettings(stackConfig(stack), { requireSecrets: false });
    const written = [
      ...[...recordingGroups(settings), ...alertGroups(settings)].map((group) => ["PromQL", group] as const),
      ...logAlertGroups(settings).map((group) => ["LogQL", group] as const),
    ].flatMap(([language, { rules }]) => rules.map(({ expr }) => [language, expr] as const));
    assert.ok(written.length > 100, `${written.length} rules`);
    return written.filter(([language, expr]) => parseExpression(language, expr).typeProblem !== undefined);
  });
  assert.deepEqual(refused, []);
});
