import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type AlertDefinition, type AlertName, alerts, ownTeam, priorities } from "../../config/alerts/catalogue.ts";
import { renderLogRules, renderRules } from "../../config/alerts/render.ts";
import { seconds } from "../../config/settings/units.ts";
import { groupsOf, isAlert, read, rulesOf } from "./expressions.ts";
import { stack } from "./stacks.ts";

const settings = stack("dev");
const metricRules = rulesOf(renderRules(stack("prod", { tracing: { enabled: true } })));
const logRules = rulesOf(renderLogRules(settings));
const all = [...metricRules, ...logRules].filter(isAlert);

/** Alerts on a state that has no number to report. */
const withoutValue: readonly string[] = [
  "ServiceDown",
  "ServiceAbsent",
  "PostgresDown",
  "RedisDown",
  "NginxDown",
  "ProbeFailed",
  "ConfigReloadFailed",
  "JourneyFailed",
  "ThanosCompactorHalted",
  "KubernetesPodNotReady",
  "KubernetesNodeNotReady",
  "KubernetesJobFailed",
  "Watchdog",
];

test("labels are those of the catalogue, without templates, because a changed label is a new alert", () => {
  for (const { alert, labels } of all) {
    const { severity: usual, worse, team }: AlertDefinition = alerts[alert as AlertName];
    const severity = labels["severity"] === worse && worse !== undefined ? worse : usual;
    assert.equal(labels["severity"], severity, alert);
    assert.equal(labels["priority"], severity === "none" ? "none" : priorities[severity], alert);
    assert.equal(labels["team"], team === ownTeam ? undefined : team, alert);
    assert.ok(!Object.values(labels).some((value) => value.includes("{{")), alert);
  }
});

test("an alert with a worse case has a rule for each", () => {
  const cases = Object.entries(alerts as Record<string, AlertDefinition>).filter(
    ([, { worse }]) => worse !== undefined,
  );
  for (const [name, { severity, worse }] of cases) {
    const severities = all.filter(({ alert }) => alert === name).map(({ labels }) => labels["severity"]);
    assert.deepEqual(severities, [severity, worse], name);
  }
});

test("there are exactly these annotations, and the text formats the value", () => {
  for (const { alert, annotations } of all) {
    const traces = /(?:application-performance|objectives)$/.test(annotations["dashboard_url"] ?? "")
      ? ["traces_url"]
      : [];
    assert.deepEqual(
      Object.keys(annotations),
      ["summary", "description", "runbook_url", "dashboard_url", ...traces],
      alert,
    );
    for (const text of Object.values(annotations)) assert.ok(text.length > 10, `${alert}: ${text}`);
    const description = annotations["description"] ?? "";
    assert.equal(/\{\{ \$value \|/.test(description), !withoutValue.includes(alert), alert);
    assert.ok(!/\$value \}\}/.test(description), `${alert}: a bare value is unreadable`);
  }
});

test("an alert on logs has a service label: its own or its stream's", () => {
  for (const { alert, expr, labels } of logRules.filter(isAlert)) {
    assert.ok(labels["service"] !== undefined || expr.includes("sum by (service,"), alert);
  }
});

test("every runbook_url links to a runbook", () => {
  const missing = all
    .map(({ annotations }) => (annotations["runbook_url"] ?? "").split("/").at(-1) ?? "")
    .filter((file) => !existsSync(fileURLToPath(new URL(`../../runbooks/${file}`, import.meta.url))));
  assert.deepEqual([...new Set(missing)], []);
});

test("a range covers at least four scrapes", () => {
  const intervals = Object.values(settings.applications).map(({ scrapeInterval }) => scrapeInterval);
  const longest = Math.max(...[settings.metrics.scrapeInterval, ...intervals].map((each) => seconds(each ?? "0s")));
  const short = metricRules.filter(({ expr }) => read(expr).ranges.some((range) => seconds(range) < 4 * longest));
  assert.deepEqual(short, []);
});

test("recorded series are named level:metric:operations, each once", () => {
  const names = metricRules.flatMap((rule) => (isAlert(rule) ? [] : rule.record));
  for (const name of names) assert.match(name, /^[a-z_]+:[a-z0-9_]+:[a-z0-9_]+$/);
  assert.equal(new Set(names).size, names.length);
});

test("groups have the documented names, and audio recordings run every 10 s", () => {
  const groups = renderRules(settings).flatMap((file) =>
    groupsOf([file]).map(({ name, interval }) => `${file.path} ${name}${interval ? ` every ${interval}` : ""}`),
  );
  assert.deepEqual(groups, [
    "rules/recording-system.yml system",
    "rules/recording-http.yml http",
    "rules/recording-budget.yml budget every 1m",
    "rules/recording-audio.yml audio every 10s",
    "rules/recording-ffi.yml ffi",
    "rules/recording-business.yml business",
    "rules/recording-trends.yml trends every 1m",
    "rules/recording-database.yml database",
    "rules/recording-probes.yml probes every 1m",
    "rules/recording-delivery.yml delivery",
    "rules/infrastructure.yml infrastructure",
    "rules/application.yml application",
    "rules/objectives.yml objectives every 1m",
    "rules/audio.yml audio",
    "rules/database.yml database",
    "rules/security.yml security",
    "rules/business.yml business",
    "rules/probes.yml probes",
    "rules/tracing.yml tracing",
    "rules/long-term.yml long-term",
    "rules/monitoring.yml monitoring",
    "rules/docker.yml docker",
  ]);
});
