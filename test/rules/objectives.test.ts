import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AlertName } from "../../config/alerts/catalogue.ts";
import { burnThreshold } from "../../config/alerts/objective-alerts.ts";
import { renderRules } from "../../config/alerts/render.ts";
import { type RenderedFile, toYaml } from "../../config/file.ts";
import { needs } from "../binaries.ts";
import { backend, buckets, engine, of, place, traffic } from "./case.ts";
import { isAlert, rulesOf } from "./expressions.ts";
import { runAmong } from "./run-among.ts";
import { stack } from "./stacks.ts";

const slos = [
  { name: "api", service: "juce-backend", team: "product", objective: 99.5, window: "7d" },
  { name: "api-quick", service: "juce-backend", of: "latency", threshold: 0.25, objective: 99 },
  { name: "api-bearable", service: "juce-backend", of: "latency", threshold: 1, objective: 99, window: "90d" },
  { name: "site", service: "swift-frontend", of: "probe", objective: 99, window: "28d" },
  { name: "sound", service: "audio-engine", team: "audio", of: "render", window: "90d" },
];

const targets = [{ name: "site", kind: "http", url: "https://app.example.com", service: "swift-frontend" }];
const rules = renderRules(stack("dev", { slos, probes: { targets, ownPages: false } }));

interface ObjectiveCase {
  readonly slo: string;
  readonly name: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  readonly alert?: AlertName;
  /** Burn rate in the alert's text; absent if the alert must not fire. */
  readonly fires?: string;
  /** Expressions and their values at the same time. */
  readonly values?: Readonly<Record<string, number>>;
}

const renderSeries = (all: number, missed: number) => ({
  [of(engine, "whiteroom_audio_render_duration_seconds_count")]: `0+${all}x120`,
  [of(engine, "whiteroom_audio_render_deadline_misses_total")]: `0+${missed}x120`,
});
const latencySeries = (within: number, all: number, le: string) =>
  buckets(
    backend,
    "whiteroom_http_request_duration_seconds",
    { [le]: within, "+Inf": all },
    (count) => `0+${count}x120`,
    { route: "/api/songs" },
  );
const probe = {
  job: "probe",
  instance: "https://app.example.com",
  probe: "site",
  service: "swift-frontend",
  ...place,
} as const;
const probeSeries = (values: string) => ({ [of(probe, "probe_success")]: values });
/** Two hours of a probe with one sample per minute, every nth of which failed. */
const everyNth = (count: number) =>
  Array.from({ length: 120 }, (_, minute) => (minute % count === count - 1 ? 0 : 1)).join(" ");

const cases: readonly ObjectiveCase[] = [
  {
    slo: "api",
    name: "2 % fail for an hour; 7 days have a factor of 3.36",
    series: traffic("0+980x120", "0+20x120"),
    at: "70m",
    fires: "4.00",
    values: {
      'slo:objective:ratio{slo="api"}': 0.995,
      'slo:objective_window:seconds{slo="api"}': 604_800,
      'slo:errors_per_events:ratio_window{slo="api"}': 0.02,
      'slo:error_budget_left:ratio{slo="api"}': -3,
      'slo:error_budget_exhausted_in:seconds{slo="api"}': 0,
    },
  },
  {
    slo: "api",
    name: "2 % have failed for 35 minutes, of which the window includes all but the last five",
    alert: "ErrorBudgetBurnTicket",
    series: traffic("0+1000x60 60980+980x60", "0x60 20+20x60"),
    at: "95m",
    // The last three of nine samples: 1.7 % while the rate rises, then 2 %.
    values: { 'slo:errors_per_events:ratio_window{slo="api"}': 0.0064 },
  },
  { slo: "api", name: "1.6 % fail", series: traffic("0+984x120", "0+16x120"), at: "70m" },
  {
    slo: "api",
    name: "7 % of 90 requests an hour fail: too few",
    series: traffic("0+1.4x120", "0+0.1x120"),
    at: "70m",
  },
  {
    slo: "api",
    name: "7 % of 120 requests an hour fail",
    series: traffic("0+1.86x120", "0+0.14x120"),
    at: "70m",
    fires: "14.00",
  },
  {
    slo: "api",
    name: "the counters start again and lose the failures of last month",
    series: traffic("90000+990x30 0+990x90", "90000+10x30 0+10x90"),
    at: "70m",
  },
  {
    slo: "api",
    name: "0.8 % fail: the factor of the slow alert is 1.4",
    alert: "ErrorBudgetBurnSlow",
    series: traffic("0+992x120", "0+8x120"),
    at: "70m",
    fires: "1.60",
    values: { 'slo:error_budget_left:ratio{slo="api"}': -0.6 },
  },
  {
    slo: "api",
    name: "0.15 % fail: a ticket, and the budget lasts",
    alert: "ErrorBudgetBurnTicket",
    series: traffic("0+9985x120", "0+15x120"),
    at: "110m",
    fires: "0.30",
    values: {
      'slo:error_budget_left:ratio{slo="api"}': 0.7,
      'slo:error_budget_exhausted_in:seconds{slo="api"}': 1_411_200,
    },
  },
  {
    slo: "api",
    name: "0.1 % fail",
    alert: "ErrorBudgetBurnTicket",
    series: traffic("0+9990x120", "0+10x120"),
    at: "110m",
  },
  {
    slo: "api-quick",
    name: "16 % are slower than 250 ms",
    series: latencySeries(840, 1000, "0.25"),
    at: "70m",
    fires: "16.00",
    values: { 'slo:errors_per_events:ratio_window{slo="api-quick"}': 0.16 },
  },
  { slo: "api-quick", name: "14 % are slower", series: latencySeries(860, 1000, "0.25"), at: "70m" },
  { slo: "api-quick", name: "all of 60 an hour are slow: too few", series: latencySeries(0, 1, "0.25"), at: "70m" },
  {
    slo: "api-quick",
    name: "the histogram has another bucket",
    series: latencySeries(0, 1000, "0.3"),
    at: "70m",
  },
  {
    slo: "api-bearable",
    name: "45 % are slower than a second; 90 days have a factor of 43.2",
    series: latencySeries(550, 1000, "1.0"),
    at: "70m",
    fires: "45.00",
  },
  {
    slo: "api-bearable",
    name: "a target that writes the bucket as 1",
    series: latencySeries(550, 1000, "1"),
    at: "70m",
    fires: "45.00",
  },
  { slo: "api-bearable", name: "43 % are slower", series: latencySeries(570, 1000, "1.0"), at: "70m" },
  {
    slo: "site",
    name: "every fifth probe fails",
    series: probeSeries(everyNth(5)),
    at: "70m",
    fires: "20.00",
    values: { 'slo:error_budget_burn:ratio_rate30m{slo="site"}': 20 },
  },
  { slo: "site", name: "every tenth probe fails", series: probeSeries(everyNth(10)), at: "70m" },
  {
    slo: "site",
    name: "a probe of every 10 minutes fails: too few",
    series: probeSeries(Array.from({ length: 120 }, (_, minute) => (minute % 10 === 0 ? "0" : "_")).join(" ")),
    at: "73m",
  },
  {
    slo: "sound",
    name: "5 % of the buffers are late; 90 days have a factor of 43.2",
    series: renderSeries(5000, 250),
    at: "70m",
    fires: "50.00",
    values: { 'slo:errors_per_events:ratio_window{slo="sound"}': 0.05 },
  },
  { slo: "sound", name: "4 % are late", series: renderSeries(5000, 200), at: "70m" },
  { slo: "sound", name: "half of 60 an hour are late: too few", series: renderSeries(1, 0.5), at: "70m" },
];

describe("objectives", () => {
  for (const each of cases) {
    const alert = each.alert ?? "ErrorBudgetBurnFast";
    const result = each.fires === undefined ? "silent" : "fires";
    test(`${each.slo}, ${alert} ${result}: ${each.name}`, needs("promtool"), async () => {
      await runAmong([...rules, testFile(each, alert)], "promtool", "test", "rules", "objective.test.yml");
    });
  }
});

function testFile({ slo, series, at, fires, values = {} }: ObjectiveCase, alert: AlertName): RenderedFile {
  const { service = "", team = "platform" } = slos.find(({ name }) => name === slo) ?? {};
  const labels = { slo, service, team, ...place };
  const rule = rulesOf(rules).find((each) => isAlert(each) && each.alert === alert && each.labels["slo"] === slo);
  assert.ok(rule !== undefined && isAlert(rule));
  const { severity = "", priority = "" } = rule.labels;
  const told = (text = "") =>
    text
      .replaceAll(/\{\{ \$labels\.service(?: \| urlquery)? \}\}/g, service)
      .replaceAll('{{ $value | printf "%.2f" }}', fires ?? "");
  const annotations = Object.fromEntries(Object.entries(rule.annotations).map(([name, text]) => [name, told(text)]));
  const files = ["rules/recording-http.yml", "rules/recording-budget.yml", "rules/objectives.yml"];
  return {
    path: "objective.test.yml",
    content: toYaml({
      rule_files: files,
      evaluation_interval: "1m",
      group_eval_order: ["http", "budget", "objectives"],
      tests: [
        {
          interval: "1m",
          input_series: Object.entries(series).map(([name, samples]) => ({ series: name, values: samples })),
          alert_rule_test: [
            {
              eval_time: at,
              alertname: alert,
              exp_alerts:
                fires === undefined
                  ? []
                  : [{ exp_labels: { ...labels, severity, priority }, exp_annotations: annotations }],
            },
          ],
          promql_expr_test: Object.entries(values).map(([expr, value]) => ({
            expr: `round(${expr}, 0.0001)`,
            eval_time: at,
            exp_samples: [{ labels: of(labels, ""), value }],
          })),
        },
      ],
    }),
  };
}

test("an alert says in which window it uses up how much of what", () => {
  const fast = rulesOf(rules).find((rule) => isAlert(rule) && rule.labels["slo"] === "api-quick");
  assert.deepEqual(fast !== undefined && isAlert(fast) ? [fast.labels, fast.annotations] : undefined, [
    {
      severity: "critical",
      priority: "P0",
      team: "platform",
      slo: "api-quick",
      service: "juce-backend",
    },
    {
      summary:
        '{{ $labels.service }} burns the error budget of objective api-quick {{ $value | printf "%.2f" }} times as fast as allowed',
      description:
        'Over the last 1h, {{ $labels.service }} used the error budget of objective api-quick {{ $value | printf "%.2f" }} times as fast as a 30-day window allows (threshold 14.4, which uses 2 % of it within 1h). The objective is 99 % of requests within 250 ms.',
      runbook_url: "https://github.com/white-room/white-room-monitoring/blob/main/runbooks/ErrorBudgetBurnFast.md",
      dashboard_url: "http://localhost:3000/d/white-room-objectives",
      traces_url: "http://localhost:16686/search?service={{ $labels.service | urlquery }}",
    },
  ]);
});

test("factors are those of the SRE workbook, scaled by the window, and leave room for an outage", () => {
  const factors = (window: string, budget: number) =>
    [14.4, 6, 1].map((threshold) => burnThreshold(threshold, { window, budget }));
  assert.deepEqual(factors("30d", 0.001), [14.4, 6, 1]);
  assert.deepEqual(factors("7d", 0.001), [3.36, 1.4, 0.233333]);
  assert.deepEqual(factors("90d", 0.001), [43.2, 18, 3]);
  assert.deepEqual(factors("30d", 0.1), [9, 6, 1]);
  assert.deepEqual(factors("90d", 0.5), [1.8, 1.8, 1.8]);
});

test("an objective on requests takes the place of the default one of its service only", () => {
  const burn = rulesOf(rules).filter((rule) => isAlert(rule) && rule.alert === "ErrorBudgetBurnFast");
  const [ofInstances] = burn.filter((rule) => isAlert(rule) && rule.labels["slo"] === undefined);
  assert.match(ofInstances?.expr ?? "", /ratio_rate1h\{service!~"juce-backend"\} \/ 0\.001 > 14\.4/);
  const events = rulesOf(rules).find((rule) => !isAlert(rule) && rule.record === "slo:events:rate5m");
  assert.match(events?.expr ?? "", /"slo", "swift-frontend-requests"/);
  assert.doesNotMatch(events?.expr ?? "", /"slo", "juce-backend-requests"/);
});

test("the number of recording rules does not depend on the number of objectives", () => {
  const recordings = (count: number) =>
    rulesOf(
      renderRules(
        stack("dev", {
          slos: Array.from({ length: count }, (_, index) => ({ name: `slo-${index}`, service: "juce-backend" })),
        }),
      ),
    ).filter((rule) => !isAlert(rule)).length;
  assert.equal(recordings(50), recordings(1));
});

test("without events, an objective keeps what its window says", needs("promtool"), async () => {
  const labels = { service: "juce-backend", team: "platform", ...place };
  const past = (slo: string, name: string, values: string, team = "platform") => ({
    series: of({ ...labels, slo, team }, `slo:${name}`),
    values,
  });
  const all = (slo: string, samples: string) => past(slo, "events:avg1h", samples);
  const failed = (slo: string, samples: string) => past(slo, "errors:avg1h", samples);
  const recorded = {
    errorRatio: "slo:errors_per_events:ratio_window",
    left: "slo:error_budget_left:ratio",
    target: "slo:objective:ratio",
    window: "slo:objective_window:seconds",
  };
  const at = (eval_time: string, expr: string, values: Readonly<Record<string, number>>) => ({
    expr: `round(${expr}{team="platform"}, 0.0001)`,
    eval_time,
    exp_samples: Object.entries(values).map(([slo, value]) => ({ labels: of({ slo, ...labels }, ""), value })),
  });
  const content = toYaml({
    rule_files: ["rules/recording-budget.yml"],
    evaluation_interval: "1h",
    tests: [
      {
        name: "two days of events, of which 0.4 % failed, then none for 100 days",
        interval: "1h",
        input_series: [
          all("api-bearable", "10x48 _x2400"),
          failed("api-bearable", "0.04x48 _x2400"),
          // An objective that no longer exists.
          all("removed", "10x48 _x2400"),
          failed("removed", "10x48 _x2400"),
        ],
        promql_expr_test: ["3d", "10d", "80d"]
          .flatMap((time) => [
            at(time, recorded.errorRatio, { "api-bearable": 0.004 }),
            at(time, recorded.left, { "api-bearable": 0.6 }),
            at(time, recorded.target, { "api-bearable": 0.99 }),
            at(time, recorded.window, { "api-bearable": 7_776_000 }),
          ])
          .concat(Object.values(recorded).map((series) => at("93d", series, {}))),
      },
      {
        name: "a new team does not inherit the history of the objective",
        interval: "1h",
        input_series: [
          past("api-bearable", "events:avg1h", "10x48 _x400", "product"),
          past("api-bearable", "errors:avg1h", "0.04x48 _x400", "product"),
          past("api-bearable", "events:rate5m", "_x48 10x400"),
          past("api-bearable", "errors:rate5m", "_x48 0.02x400"),
        ],
        promql_expr_test: [
          { expr: `${recorded.errorRatio}{team="product"}`, eval_time: "10d", exp_samples: [] },
          { expr: `${recorded.left}{team="product"}`, eval_time: "10d", exp_samples: [] },
        ],
      },
      {
        name: "no events in the whole window: nothing is spent",
        interval: "1h",
        input_series: [past("api-bearable", "events:rate5m", "0x400"), past("api-bearable", "errors:rate5m", "0x400")],
        promql_expr_test: [at("10d", recorded.errorRatio, {}), at("10d", recorded.left, { "api-bearable": 1 })],
      },
    ],
  });
  await runAmong([...rules, { path: "quiet.test.yml", content }], "promtool", "test", "rules", "quiet.test.yml");
});

test("both platforms have the same rules on objectives, and promtool accepts them", needs("promtool"), async () => {
  const own = ["rules/recording-budget.yml", "rules/objectives.yml"];
  const chosen = (files: readonly RenderedFile[]) => files.filter(({ path }) => own.includes(path));
  const docker = chosen(rules);
  assert.deepEqual(
    docker.map(({ path }) => path),
    own,
  );
  assert.deepEqual(
    chosen(renderRules(stack("prod", { slos, probes: { targets, ownPages: false }, tracing: { enabled: true } }))).map(
      ({ path, content }) => ({
        path,
        content: content.replaceAll("https://grafana.white-room.example/", "http://localhost:3000/"),
      }),
    ),
    docker,
  );
  await runAmong(docker, "promtool", "check", "rules", "--lint=all", "--lint-fatal", ...own);
});

test("without alerting, objectives are recorded but do not alert", () => {
  const paths = renderRules(
    stack("dev", { slos, probes: { targets, ownPages: false }, alerting: { enabled: false } }),
  ).map(({ path }) => path);
  assert.ok(paths.includes("rules/recording-budget.yml"));
  assert.ok(!paths.includes("rules/objectives.yml"));
});
