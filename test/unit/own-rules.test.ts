import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { load } from "js-yaml";
import { readOwnRules } from "../../config/alerts/own-rules/own-rules.ts";
import { allRules } from "../../config/alerts/rule-files.ts";
import { alerts } from "../../dashboards/alerts.ts";
import { drillAlerts } from "../../scripts/drill/alerts.ts";
import { alertingSettings } from "./alertmanager-settings.ts";

function folder(context: TestContext, files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "own-rules-"));
  context.after(() => rmSync(dir, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, name)), { recursive: true });
    writeFileSync(join(dir, name), content);
  }
  return dir;
}

/** Messages about these files, without the path of their folder. */
function messages(
  context: TestContext,
  files: Readonly<Record<string, string>>,
  settings = alertingSettings(),
): string[] {
  const dir = folder(context, files);
  return readOwnRules(settings, dir).problems.map(({ path, message }) => {
    assert.equal(path, "alerting.extraRules");
    return message.replaceAll(`${dir}/`, "").replaceAll(dir, ".");
  });
}

const labels = "labels: {severity: high, team: audio}";
const annotations = "annotations: {summary: s, description: d}";
const rule = (more: string) => `groups:\n- name: mine\n  rules:\n${more}`;
const alert = (name: string, expr = "up == 0", rest = `    ${labels}\n    ${annotations}\n`) =>
  `  - alert: ${name}\n    expr: ${expr}\n${rest}`;

test("valid rules are deployed with both severity and priority", (context) => {
  const files = {
    "a.yml": rule(alert("Mine")),
    "a.test.yml": "not read",
    "loki/b.yml": rule(alert("Lines", "'count_over_time({a=\"b\"}[5m]) > 1'")).replace("mine", "lines"),
  };
  const found = readOwnRules(alertingSettings(), folder(context, files));
  assert.deepEqual(found.problems, []);
  assert.deepEqual(found.warnings, []);
  assert.deepEqual(found.alerts, [
    { name: "Mine", severity: "high", team: "audio", language: "PromQL" },
    { name: "Lines", severity: "high", team: "audio", language: "LogQL" },
  ]);
  assert.deepEqual(
    [...found.files, ...found.logFiles].map(({ path }) => path),
    ["rules/own-a.yml", "rules/fake/own-b.yml"],
  );
  assert.deepEqual(load(found.files[0]?.content ?? ""), {
    groups: [
      {
        name: "mine",
        rules: [
          {
            alert: "Mine",
            expr: "up == 0",
            labels: { severity: "high", priority: "P1", team: "audio" },
            annotations: { summary: "s", description: "d" },
          },
        ],
      },
    ],
  });
});

test("expressions that parse, but that Prometheus or Loki reject, are reported with what they expect", (context) => {
  const expressions = {
    "rate(up) > 1": "rate() takes a range vector, not an instant vector; add a range, such as [5m]",
    "sum(up[5m]) > 1":
      "sum() takes an instant vector, not a range vector; apply a function such as rate() to it, or remove the range",
    "up[5m]": "is a range vector, not a vector or scalar; apply a function such as rate() to it, or remove the range",
    "topk(up)": "topk() takes 2 arguments, not 1; add the missing one",
    "round(up, 1, 2)": "round() takes 1 or 2 arguments, not 3; remove the others",
    "vector(up)": "vector() takes a scalar, not an instant vector; use a number, or scalar()",
    "abs(1)": "abs() takes an instant vector, not a scalar; use vector() for a scalar",
    "1 > 2": '">" compares two scalars; use "> bool", or a vector',
    "up + bool 1": 'bool is only for comparisons, not for "+"; remove it',
    "up and 1": '"and" takes two instant vectors; use vector() for a scalar',
    "sum(up)[5m]": "only a selector can have a range; use a subquery, such as [5m:]",
    "sum(up) offset 5m": "offset must follow a selector or a subquery; move it inside",
    'up{job=~"("}': 'job=~"(" has an invalid regular expression; use RE2 syntax',
    'up{job="\\d"}': '"\\d" has an invalid escape; put the value in backquotes, or write a backslash as "\\\\"',
    '{job=~".*"}': '{job=~".*"} would select all series; add a metric name, or a matcher that requires a value',
    "mad_over_time(up[5m])": "mad_over_time() is experimental, and not enabled in this stack; use another function",
  };
  for (const [expression, message] of Object.entries(expressions)) {
    const [found, ...others] = messages(context, { "a.yml": rule(alert("Mine", `'${expression}'`)) });
    assert.match(found ?? "", /^a\.yml:5:\d+ /);
    assert.equal(found?.replace(/^\S+ /, ""), `alert "Mine" is not valid PromQL: ${message}`);
    assert.deepEqual(others, []);
  }
  const [place] = messages(context, { "a.yml": rule(alert("Mine", "'sum(rate(up)) > 1'")) });
  assert.match(place ?? "", /^a\.yml:5:21 /);

  const logExpressions = {
    '{service="a"} |= "x"': "is a log query, which a rule cannot compare; count its lines with count_over_time(… [5m])",
    'sum(rate({service=~".*"}[5m])) > 1':
      '{service=~".*"} would select all streams; add a matcher that requires a value, such as service=~".+"',
    'rate({a="b"} |~ "(" [5m]) > 1': '|~ "(" has an invalid regular expression; use RE2 syntax',
    'rate({a=~"\\d"}[5m]) > 1':
      '"\\d" has an invalid escape; put the value in backquotes, or write a backslash as "\\\\"',
    'rate({a="b"} | regexp "(?P<c>\\d)" [5m]) > 1':
      '"(?P<c>\\d)" has an invalid escape; put the value in backquotes, or write a backslash as "\\\\"',
    'rate({a!~"b)"}[5m]) > 1': 'a!~"b)" has an invalid regular expression; use RE2 syntax',
  };
  for (const [expression, message] of Object.entries(logExpressions)) {
    const [found, ...others] = messages(context, { "loki/a.yml": rule(alert("Mine", `'${expression}'`)) });
    assert.equal(found?.replace(/^\S+ /, ""), `alert "Mine" is not valid LogQL: ${message}`);
    assert.deepEqual(others, []);
  }
});

test("every problem is reported with its line, column and fix", (context) => {
  assert.deepEqual(
    messages(context, {
      "a.yml": `groups:
- name: infrastructure
  interval: soon
  rules:
  - alert: HighErrorRate
    expr: sum(rate(up[5m])
    for: 5
    labels: {severity: urgent, priority: P7, team: sales}
    annotations: {summary: "", runbook_url: docs/runbook.md}
  - alert: Two
    expr: |
      up ==
        bar baz
    labels: {severity: high, priority: P0}
    annotation: {}
  - record: a-b
    expr: up
  - record: x
    alert: y
  - expr: up
- name: empty
  rule: []
`,
      "b.yml": rule(alert("Mine")),
      "c.yml": rule(alert("Mine", "")),
      "loki/d.yml": rule(alert("Lines", "count_over_time({a=}[5m])")).replace("mine", "lines"),
      "e.yaml": "",
      "f.yml": "groups: [",
      "g.yml": "rules: []",
      "h.yml": "groups: &a\n- name: a\n  rules: *a\n",
    }),
    [
      "e.yaml is ignored; rename it to end in .yml",
      'a.yml:2:9 group "infrastructure" has the name of a built-in group; use another name',
      'a.yml:3:13 interval "soon" is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"',
      'a.yml:6:27 alert "HighErrorRate" is not valid PromQL: unexpected end; fix the expression',
      'a.yml:5:12 alert "HighErrorRate" has the name of a built-in alert; use another name',
      'a.yml:7:10 for 5 is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"',
      'a.yml:8:24 severity "urgent" is not known; use critical, high, medium or low',
      'a.yml:8:42 priority "P7" is not known; use P0, P1, P2 or P3',
      'a.yml:8:52 team "sales" is not known; use platform, audio, product, security or database, or add it to alerting.teams',
      'a.yml:5:5 alert "HighErrorRate" has no summary; set annotations.summary',
      'a.yml:5:5 alert "HighErrorRate" has no description; set annotations.description',
      'a.yml:9:45 runbook_url "docs/runbook.md" is not a valid URL; use an http:// or https:// URL, such as "https://docs.example.com/runbook"',
      'a.yml:15:17 "annotation" is not a known key; did you mean "annotations"? Known keys are alert, expr, for, keep_firing_for, labels, annotations.',
      'a.yml:13:13 alert "Two" is not valid PromQL at "baz"; fix the expression',
      'a.yml:14:40 priority "P0" does not belong to severity high; use P1, or severity: critical',
      'a.yml:10:5 alert "Two" has no team; set labels.team to platform, audio, product, security or database',
      'a.yml:10:5 alert "Two" has no summary; set annotations.summary',
      'a.yml:10:5 alert "Two" has no description; set annotations.description',
      'a.yml:16:13 "a-b" is not a valid metric name; use letters, digits, "_" and ":"',
      "a.yml:18:5 rule has both alert and record; set one",
      "a.yml:20:5 rule has neither alert nor record; set one",
      'a.yml:22:9 "rule" is not a known key; did you mean "rules"? Known keys are name, interval, limit, query_offset, labels, rules.',
      'a.yml:21:3 group "empty" has no rules; add a rule, or remove the group',
      'c.yml:2:9 group "mine" has the name of a group in b.yml; use another name',
      'c.yml:4:5 alert "Mine" has no expression; set expr',
      'c.yml:4:12 alert "Mine" has the name of an alert in b.yml; use another name',
      "f.yml:1:10 is not valid YAML: unexpected end of the stream within a flow collection; fix this line",
      'g.yml:1:1 has no rule groups; start it with "groups:" and a list of groups',
      "h.yml has an alias inside the value that it refers to; remove it",
      'loki/d.yml:5:30 alert "Lines" is not valid LogQL at "}[5m])"; fix the expression',
    ],
  );
});

test("values of the wrong type are reported too", (context) => {
  const files = {
    "a.yml": `groups:
- text
- name: ""
  limit: -1
  rules:
  - text
  - alert: 7
  - alert: A
    expr: 1
    labels: {severity: 1, team: audio, a-b: x}
    annotations: [summary]
  - alert: B
    expr: up
    labels: {team: audio}
    annotations: {summary: s, description: d}
`,
    "b c.yml": "",
    "d.yml": "groups: []\n---\ngroups: []\n",
  };
  assert.deepEqual(messages(context, files), [
    'b c.yml has an unsupported file name; use letters, digits, "-", "_" and "."',
    'a.yml:2:3 "text" is not a group; use a map with name and rules',
    "a.yml:3:3 group has no name; set name",
    "a.yml:4:10 limit -1 is not valid; use a whole number, or 0 for no limit",
    'a.yml:6:5 "text" is not a rule; use a map with alert or record, and expr',
    "a.yml:7:12 7 is not a valid rule name; use a string",
    "a.yml:9:11 expr 1 is not a string; put it in quotes",
    "a.yml:10:24 severity 1 is not a string; put it in quotes",
    'a.yml:10:45 "a-b" is not a valid name; use letters, digits and "_"',
    'a.yml:8:5 alert "A" has no severity; set labels.severity to critical, high, medium or low',
    'a.yml:11:18 annotations ["summary"] is not a map; use one "name: value" on each line',
    'a.yml:8:5 alert "A" has no summary; set annotations.summary',
    'a.yml:8:5 alert "A" has no description; set annotations.description',
    'a.yml:12:5 alert "B" has no severity; set labels.severity to critical, high, medium or low',
    "d.yml contains more than one YAML document; use one file per document",
  ]);
});

test("folders that cannot be used are reported", (context) => {
  const dir = folder(context, { file: "" });
  const of = (path: string) => readOwnRules(alertingSettings(), path).problems.map(({ message }) => message);
  assert.deepEqual(of(`${dir}/none`), [`${dir}/none does not exist; check the path, or remove alerting.extraRules`]);
  assert.deepEqual(of(`${dir}/file`), [
    `${dir}/file is not a folder; use the path of a folder, or remove alerting.extraRules`,
  ]);
  assert.deepEqual(of(dir), [`${dir} contains no rule files; add a .yml file`]);
});

test("a large file, and one that aliases make large, are rejected", (context) => {
  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x,x]",
    ...[..."bcdefg"].map((name, index) => {
      const before = `*${"abcdefg"[index]}`;
      return `${name}: &${name} [${Array(10).fill(before).join(",")}]`;
    }),
  ].join("\n");
  assert.deepEqual(messages(context, { "bomb.yml": bomb, "large.yml": "#".repeat(300 * 1024) }), [
    "bomb.yml has more than 100000 values, including those of aliases; remove some",
    "large.yml is too large (300 KiB); use a file of at most 256 KiB",
  ]);
});

test("a metric that nothing exposes is a warning with the nearest one", (context) => {
  const expr = "rate(whiteroom_http_request_total[5m]) / my_own_metric_of_mine > rate(mine:recorded[5m])";
  const files = { "a.yml": rule(`  - record: mine:recorded\n    expr: up\n${alert("Mine", expr)}`) };
  const dir = folder(context, files);
  const { problems, warnings } = readOwnRules(alertingSettings(), dir);
  assert.deepEqual(problems, []);
  assert.deepEqual(
    warnings.map((text) => text.replace(`${dir}/`, "")),
    [
      "a.yml:7:16 reads whiteroom_http_request_total, which nothing in this stack exposes; did you mean whiteroom_http_requests_total?",
      "a.yml:7:52 reads my_own_metric_of_mine, which nothing in this stack exposes",
    ],
  );
  // A user's application may expose the other metric.
  const settings = alertingSettings();
  const { "juce-backend": backend, ...others } = settings.applications;
  assert.ok(backend !== undefined);
  const applications = { ...others, mine: { ...backend, targets: ["app:9000"] } };
  assert.deepEqual(readOwnRules({ ...settings, applications }, dir).warnings, warnings.slice(0, 1));
});

test("Loki rules need logs", (context) => {
  const file = rule(alert("Lines", "'count_over_time({a=\"b\"}[5m]) > 1'"));
  const settings = { ...alertingSettings(), logs: { ...alertingSettings().logs, enabled: false } };
  assert.deepEqual(messages(context, { "loki/a.yml": file }, settings), [
    "loki contains Loki rules, but logs.enabled is false; enable logs, or remove them",
  ]);
  const { logs } = alertingSettings();
  const remote = { ...alertingSettings(), logs: { ...logs, loki: { enabled: false } } };
  assert.deepEqual(messages(context, { "loki/a.yml": file }, remote), [
    "loki contains Loki rules, but logs.loki.enabled is false; enable Loki, or remove them",
  ]);
});

test("own alerts are listed in the dashboard and drilled in their team and priority", (context) => {
  const extraRules = folder(context, { "a.yml": rule(alert("Mine")) });
  const teams = { audio: { slackChannel: "#audio" } };
  const settings = alertingSettings({ extraRules, teams });
  assert.ok(allRules(settings).some(({ path }) => path === "rules/own-a.yml"));
  const row = alerts(settings).rows.find(({ title }) => title === "Your own alerts");
  assert.equal(row?.panels.length, 1);
  assert.equal(
    alerts(alertingSettings()).rows.some(({ title }) => title === "Your own alerts"),
    false,
  );
  const marks = { cluster: "c", environment: "e", run: "r", teams: ["audio"] };
  const own = readOwnRules(settings, extraRules).alerts;
  assert.deepEqual(
    drillAlerts({}, { ...marks, own }).map(({ labels }) => labels.alertname),
    ["DrillP0", "DrillP1", "DrillP2", "DrillP3", "DrillP0Audio", "DrillP1Audio"],
  );
});
