import assert from "node:assert/strict";
import { test } from "node:test";
import type { ScrapeJob } from "../../config/products/prometheus/scrape-jobs.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { alertmanagerAddress, grafanaAddress, prometheusAddress } from "../../scripts/verify/addresses.ts";
import { logFindings, ownFileFinding } from "../../scripts/verify/logs.ts";
import { objectiveFindings } from "../../scripts/verify/objectives.ts";
import { groupFindings, type RunningGroup } from "../../scripts/verify/rules.ts";
import { type ActiveTarget, stackFindings, targetFindings } from "../../scripts/verify/targets.ts";

const settingsWith = (values: Record<string, unknown>) =>
  toSettings(
    {
      stack: "dev",
      values: { platform: "docker", environment: "dev", demo: { enabled: true }, ...values },
      secrets: new Set(),
    },
    { requireSecrets: false },
  );

test("products are queried at their published ports, regardless of user-facing URLs", () => {
  const settings = settingsWith({
    alerting: { externalUrl: "https://alerts.example.com", port: 19093 },
    visualization: { url: "https://grafana.example.com", port: 13000 },
    network: { publicHost: "monitoring.example.com" },
  });
  assert.equal(alertmanagerAddress(settings), "http://localhost:19093");
  assert.equal(grafanaAddress(settings), "http://localhost:13000");
});

test("Grafana under a path is queried under that path", () => {
  const settings = settingsWith({ visualization: { url: "https://example.com/grafana/" } });
  assert.equal(grafanaAddress(settings), "http://localhost:3000/grafana");
});

test("ports published beyond loopback are queried at the public host name", () => {
  const bindAddresses = { prometheus: "0.0.0.0" };
  const network = { bindAddresses, allowUnauthenticated: ["prometheus"], publicHost: "monitoring.example.com" };
  assert.equal(prometheusAddress(settingsWith({ network })), "http://monitoring.example.com:9090");
  assert.equal(alertmanagerAddress(settingsWith({ network })), "http://localhost:9093");
});

const job = (name: string, targets: ScrapeJob["targets"]): ScrapeJob => ({
  job: name,
  service: name,
  targets,
  metricsPath: "/metrics",
  scheme: "http",
});
const active = (name: string, instance: string, health = "up", lastError = ""): ActiveTarget => ({
  labels: { job: name, instance },
  health,
  lastError,
  lastScrapeDuration: 0.0124,
});

test("another stack at the same address is recognised by its labels", () => {
  const prod = { environment: "prod", cluster: "white-room" };
  const of = (env: string, cluster = "white-room"): ActiveTarget => {
    const target = active("prometheus", "localhost:9090");
    return { ...target, labels: { ...target.labels, env, cluster } };
  };
  assert.deepEqual(stackFindings(prod, [of("prod"), of("prod")]), [
    { state: "ok", what: "stack", detail: "env prod, cluster white-room" },
  ]);
  assert.deepEqual(stackFindings(prod, [of("dev"), of("dev"), of("prod", "studio")]), [
    {
      state: "failed",
      what: "stack",
      detail:
        "has targets of env dev, cluster white-room; env prod, cluster studio, but the config says env prod, cluster white-room",
    },
  ]);
});

test("a Prometheus without targets, or with targets without stack labels, does not belong to the stack", () => {
  const dev = { environment: "dev", cluster: "white-room" };
  assert.deepEqual(stackFindings(dev, []), [{ state: "failed", what: "stack", detail: "Prometheus has no targets" }]);
  const { labels, ...rest } = active("prometheus", "localhost:9090");
  for (const found of [labels, { ...labels, env: "dev" }, { ...labels, cluster: "white-room" }]) {
    assert.deepEqual(stackFindings(dev, [{ ...rest, labels: found }]), [
      {
        state: "failed",
        what: "stack",
        detail: "has targets without env or cluster, but the config says env dev, cluster white-room",
      },
    ]);
  }
});

test("each missing or down target is reported, even if another one of the same job is up", () => {
  const wanted = [
    job("backend", [{ address: "a:8000" }, { address: "b:8000" }, { address: "c:8000" }]),
    job("postgres", [{ address: "postgres-exporter-demo:9187", instance: "db:5432" }]),
  ];
  const running = [
    active("postgres", "db:5432"),
    active("backend", "c:8000", "down", "refused"),
    active("backend", "a:8000"),
  ];
  assert.deepEqual(targetFindings(wanted, running), [
    { state: "failed", what: "backend b:8000", detail: "is not a Prometheus target" },
    { state: "ok", what: "backend a:8000", detail: "up, scraped in 12 ms" },
    { state: "failed", what: "backend c:8000", detail: "down refused" },
    { state: "ok", what: "postgres db:5432", detail: "up, scraped in 12 ms" },
  ]);
});

const now = Date.parse("2026-01-01T00:10:00Z");
const file = (name: string) => ({
  path: `rules/${name}.yml`,
  content: `groups:\n  - name: ${name}\n    rules:\n      - {alert: First, expr: up}\n      - {record: "job:up", expr: up}\n`,
});
const running = (name: string, over: Partial<RunningGroup> = {}): RunningGroup => ({
  file: `/etc/rules/${name}.yml`,
  interval: 15,
  evaluationTime: 0.0012,
  lastEvaluation: "2026-01-01T00:09:50Z",
  rules: [
    { name: "First", health: "ok" },
    { name: "job:up", health: "ok" },
  ],
  ...over,
});
const verdict = (group: RunningGroup | undefined) =>
  groupFindings("prometheus", [file("a")], group === undefined ? [] : [group], now);

test("a healthy rule group is reported with its evaluation time", () => {
  assert.deepEqual(verdict(running("a")), [{ state: "ok", what: "prometheus a", detail: "2 rules in 1.2 ms" }]);
});

test("a missing, outdated, failing or stale rule group is a failure", () => {
  const failed = (group: RunningGroup | undefined) => {
    const [finding] = verdict(group);
    assert.equal(finding?.state, "failed");
    return finding.detail;
  };
  assert.equal(failed(undefined), "not found");
  assert.equal(failed(running("b")), "not found");
  assert.equal(
    failed(running("a", { rules: [{ name: "First", health: "ok" }] })),
    "has no rule job:up; it runs with an earlier config",
  );
  const broken = [
    { name: "First", health: "ok" },
    { name: "job:up", health: "err", lastError: "many-to-many" },
  ];
  assert.equal(failed(running("a", { rules: broken })), "job:up: many-to-many");
  assert.equal(failed(running("a", { lastEvaluation: "2026-01-01T00:09:24Z" })), "has not been evaluated recently");
  assert.equal(failed(running("a", { lastEvaluation: "0001-01-01T00:00:00Z" })), "has not been evaluated recently");
});

const lines = (...jobs: string[]) => new Map(jobs.map((name) => [name, 7]));
const all = ["juce-backend", "swift-frontend", "nginx", "postgres", "syslog", "containers"];
const missing = (settings: ReturnType<typeof settingsWith>, ...jobs: string[]) =>
  logFindings(settings, lines(...jobs)).flatMap(({ state, what }) => (state === "failed" ? [what] : []));

test("with the demo, each of its sources must have lines; silent ones are reported", () => {
  const settings = settingsWith({ logs: { sources: { journal: { enabled: true } } } });
  assert.deepEqual(missing(settings, ...all), []);
  for (const one of all) assert.deepEqual(missing(settings, ...all.filter((name) => name !== one)), [one]);
  assert.deepEqual(missing(settings), all);
});

test("a disabled source may be silent, and without the demo any line is sufficient", () => {
  const without = settingsWith({ logs: { sources: { syslog: { enabled: false } } } });
  assert.deepEqual(missing(without, ...all.filter((name) => name !== "syslog")), []);
  const real = settingsWith({ demo: { enabled: false }, alerting: { enabled: false } });
  assert.deepEqual(missing(real, "containers"), []);
  assert.deepEqual(missing(real), ["lines"]);
});

test("each of the user's log files has a finding", () => {
  const billing = { key: "files.billing", paths: ["/srv/billing/*.log", "/srv/old.log"] };
  assert.deepEqual(
    [ownFileFinding(billing, []), ownFileFinding(billing, [0]), ownFileFinding(billing, [0, 812])].map(
      ({ state, what, detail }) => `${state} ${what}: ${detail}`,
    ),
    [
      "failed logs.sources.files.billing: the collector found no file for /srv/billing/*.log, /srv/old.log on its host",
      "failed logs.sources.files.billing: nothing has been read from 1 file",
      "ok logs.sources.files.billing: 812 bytes read from 2 files",
    ],
  );
});

test("an objective without data is reported with the metric that is missing", () => {
  const objective = { service: "licensing", of: "requests" } as const;
  const findings = objectiveFindings(
    [
      { ...objective, name: "licenses" },
      { ...objective, name: "quiet" },
      { ...objective, name: "fast", of: "latency" },
      { ...objective, name: "page", of: "probe", probe: "page" },
      { ...objective, name: "outside", of: "probe" },
    ],
    new Map([["quiet", 0]]),
  );
  assert.deepEqual(
    findings.map(({ state, what, detail }) => `${state} ${what} ${detail}`),
    [
      'failed licenses has no data: Prometheus has no recent whiteroom_http_requests_total{service="licensing"}',
      "ok quiet 0 events per second",
      'failed fast has no data: Prometheus has no recent whiteroom_http_request_duration_seconds_count{service="licensing"}',
      'failed page has no data: Prometheus has no recent probe_success{probe="page"}',
      'failed outside has no data: Prometheus has no recent probe_success{service="licensing"}',
    ],
  );
});
