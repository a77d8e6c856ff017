import assert from "node:assert/strict";
import { test } from "node:test";
import { type AlertDefinition, alerts } from "../../config/alerts/catalogue.ts";
import { renderLogRules, renderRules } from "../../config/alerts/render.ts";
import { needs } from "../binaries.ts";
import { isAlert, rulesOf } from "./expressions.ts";
import { runAmong } from "./run-among.ts";
import { stack } from "./stacks.ts";

type Changes = Readonly<Record<string, unknown>>;

const everything = rulesOf([...renderRules(stack("prod")), ...renderLogRules(stack("prod"))]).map(nameOf);

function nameOf(rule: { alert: string } | { record: string }): string {
  return "alert" in rule ? rule.alert : rule.record;
}

/** Names of the rules that are gone when a key is changed. */
function goneWith(changes: Changes): string[] {
  const left = new Set(
    rulesOf([...renderRules(stack("prod", changes)), ...renderLogRules(stack("prod", changes))]).map(nameOf),
  );
  return [...new Set(everything.filter((name) => !left.has(name)))];
}

const servers = {
  postgres: { targets: [{ name: "primary", host: "postgres.white-room" }] },
  redis: { targets: [{ name: "primary", host: "redis.white-room" }] },
  nginx: { targets: [{ name: "edge", statusUrl: "http://nginx.white-room:8081/stub_status" }] },
};

test("disabling a component removes its rules and no others", () => {
  assert.deepEqual(goneWith({ exporters: { ...servers, node: { enabled: false } } }), [
    "instance:node_cpu_busy:ratio_rate5m",
    "instance:node_memory_used:ratio",
    "instance_mountpoint:node_filesystem_avail:ratio",
    "instance_device:node_disk_io_busy:ratio_rate5m",
    "instance_mountpoint:node_filesystem_avail_bytes:deriv6h",
    "HighCpuUsage",
    "HighMemoryUsage",
    "LowDiskSpace",
    "DiskWillFillIn4Hours",
  ]);
  assert.deepEqual(goneWith({ exporters: { ...servers, cadvisor: { enabled: false } } }), ["ContainerMemoryNearLimit"]);
  const onDocker = (cadvisor: boolean) =>
    rulesOf(renderRules(stack("dev", { exporters: { ...servers, cadvisor: { enabled: cadvisor } } }))).map(nameOf);
  assert.deepEqual(
    onDocker(true).filter((name) => !onDocker(false).includes(name)),
    ["ContainerMemoryNearLimit", "ContainerMetricsMissing"],
  );
  assert.deepEqual(goneWith({ exporters: { ...servers, redis: { enabled: false } } }), ["RedisDown"]);
  assert.deepEqual(goneWith({ exporters: { ...servers, nginx: { targets: [] } } }), ["NginxDown"]);
  assert.deepEqual(goneWith({ exporters: { ...servers, postgres: { enabled: false, ...servers.postgres } } }), [
    "instance:pg_connections_used:ratio",
    "PostgresDown",
    "PostgresConnectionsNearLimit",
    "PostgresSlowQueries",
  ]);
});

test("disabling kube-state-metrics removes its rules, but not those on claims and certificates", () => {
  assert.deepEqual(goneWith({ exporters: { ...servers, kubeStateMetrics: { enabled: false } } }), [
    "node:kube_node_away:max10m",
    "pod:kube_pod_away:max",
    "KubernetesPodCrashLooping",
    "KubernetesPodNotReady",
    "KubernetesNodeNotReady",
    "KubernetesDeploymentNotProgressing",
    "KubernetesJobFailed",
  ]);
});

test("without logs there are no rules on logs", () => {
  assert.deepEqual(goneWith({ logs: { enabled: false } }), [
    "LogsDropped",
    "LogSourceSilent",
    "ErrorLogBurst",
    "PostgresFatalErrors",
    "NginxUpstreamFailures",
  ]);
  const source = { sources: { nginxErrors: { enabled: false } } };
  assert.deepEqual(goneWith({ logs: source }), ["NginxUpstreamFailures"]);
  const onDocker = (syslog: boolean) =>
    rulesOf(renderRules(stack("dev", { logs: { sources: { syslog: { enabled: syslog } } } }))).map(nameOf);
  assert.deepEqual(
    onDocker(true).filter((name) => !onDocker(false).includes(name)),
    ["SyslogUnparsed"],
  );
  const expressions = rulesOf(renderRules(stack("prod", { logs: { enabled: false } }))).map(({ expr }) => expr);
  assert.ok(!expressions.some((expr) => /loki|alloy|promtail/.test(expr)));
});

test("without Loki there are no rules on stored lines, and those on the collector do not ask for it", () => {
  const remote = [{ name: "central", url: "https://logs.example.com/loki/api/v1/push" }];
  const logs = { loki: { enabled: false }, remote };
  assert.deepEqual(goneWith({ logs }), ["ErrorLogBurst", "PostgresFatalErrors", "NginxUpstreamFailures"]);
  const expressions = rulesOf(renderRules(stack("prod", { logs }))).map(({ expr }) => expr);
  assert.ok(!expressions.some((expr) => /job="loki"|loki_discarded|loki_prometheus|loki:3100/.test(expr)));
});

test("without alerting there are only recording rules", () => {
  const rules = renderRules(stack("prod", { alerting: { enabled: false } }));
  assert.deepEqual(rulesOf(rules).filter(isAlert), []);
  assert.deepEqual(
    rules.map(({ path }) => path),
    ["system", "http", "budget", "audio", "ffi", "business", "trends", "database", "volumes", "probes"].map(
      (name) => `rules/recording-${name}.yml`,
    ),
  );
  assert.deepEqual(renderLogRules(stack("prod", { alerting: { enabled: false } })), []);
});

test("a single alert can be disabled", () => {
  const alerting = { email: { enabled: false }, rules: { HighCpuUsage: { enabled: false } } };
  assert.deepEqual(goneWith({ alerting }), ["HighCpuUsage"]);
});

test("on Docker, a stack without applications has no rules on applications", () => {
  const rules = rulesOf(
    renderRules(stack("dev", { demo: { enabled: false }, alerting: { email: { enabled: false } } })),
  );
  assert.deepEqual(
    rules.filter(({ expr }) => /whiteroom/.test(expr) || /absent/.test(expr)),
    [],
  );
});

test("on Kubernetes, ServiceAbsent covers applications without configured targets", () => {
  const absent = rulesOf(renderRules(stack("prod", { applications: { "plugin-host": { service: "plugins" } } })))
    .filter(isAlert)
    .filter(({ alert }) => alert === "ServiceAbsent")
    .map(({ expr, labels }) => `${expr.split("\n")[0]} → ${labels["service"]}`);
  assert.deepEqual(absent, [
    'absent(up{job="juce-backend"}) → juce-backend',
    'absent(up{job="swift-frontend"}) → swift-frontend',
    'absent(up{job="audio-engine"}) → audio-engine',
    'absent(up{job="plugin-host"}) → plugins',
  ]);
});

/** Thresholds, windows and `for` that differ from the defaults, to check expressions that dev does not render. */
const tuned = {
  HighCpuUsage: { threshold: 0.8, window: "2m", for: "90s" },
  HighMemoryUsage: { threshold: 0.85 },
  LowDiskSpace: { threshold: 0.2 },
  DiskWillFillIn4Hours: { threshold: 0.4, window: "3h" },
  UnusualAuthFailures: { threshold: 0.5, window: "2m" },
  HighErrorRate: { threshold: 0.1, window: "2m", for: "0s" },
  HighLatencyP95: { threshold: 0.5, window: "2m" },
  AudioProcessingOverload: { threshold: 0.01, window: "2m" },
  AudioDeadlineMisses: { threshold: 0.002, window: "2m" },
  AudioXruns: { threshold: 10, window: "2m" },
  FfiLatencyHigh: { threshold: 0.2, window: "2m" },
  FfiErrorRateHigh: { threshold: 0.05, window: "2m" },
  SongCreationRateDropped: { threshold: 0.3, window: "2h" },
  NewUserSignup: { threshold: 5, window: "1h" },
};

test("the config sets threshold, window and for", async () => {
  const rules = rulesOf(renderRules(stack("dev", { alerting: { rules: tuned } }))).filter(isAlert);
  const rule = (name: string) => rules.find(({ alert }) => alert === name);
  assert.equal(rule("HighErrorRate")?.for, undefined);
  assert.equal(rule("HighCpuUsage")?.for, "90s");
  assert.equal(
    rule("HighCpuUsage")?.expr,
    '(1 - avg by (job, instance, service, cluster, env) (sum without (mode) (rate(node_cpu_seconds_total{mode=~"idle|iowait"}[2m]) >= 0 < Inf))) > 0.8',
  );
  assert.equal(
    rule("HighCpuUsage")?.annotations["description"],
    "CPU usage of {{ $labels.instance }} is above 80 %: {{ $value | humanizePercentage }} on average over the last 2m. Workloads on this host become slow, audio first.",
  );
  for (const name of Object.keys(tuned)) assert.ok(!rule(name)?.expr.includes("5m"), name);
});

test("every number that the config can set reaches the rule of every alert", () => {
  const numbers = (definition: AlertDefinition) => ({
    for: "17m",
    ...(definition.threshold && { threshold: definition.threshold.max * 0.77 }),
    ...(definition.window && { window: "13m" }),
  });
  const changes = Object.fromEntries(Object.entries(alerts).map(([name, definition]) => [name, numbers(definition)]));
  const alerting = { email: { enabled: false }, rules: changes };
  // Without the demo's objective, which limits the thresholds of the error budget alerts.
  const dev = stack("dev", { alerting, probes: { ownPages: false } });
  const rules = rulesOf(
    [stack("prod", { alerting }), dev].flatMap((settings) => [...renderRules(settings), ...renderLogRules(settings)]),
  ).filter(isAlert);
  assert.deepEqual([...new Set(rules.map(({ alert }) => alert))].sort(), Object.keys(alerts).sort());
  for (const { alert, expr, for: wait, labels } of rules) {
    const tuned: Partial<ReturnType<typeof numbers>> = changes[alert] ?? {};
    const isImmediate = alert === "ProbeFailed" && labels["severity"] === "critical";
    assert.equal(wait, isImmediate ? undefined : "17m", alert);
    if (tuned.threshold !== undefined) assert.ok(expr.includes(String(tuned.threshold)), `${alert}: ${expr}`);
    if (tuned.window !== undefined) assert.match(expr, /\[13m\]|offset 13m\b/, alert);
  }
});

test("promtool accepts the rules of a stack with every alert tuned", needs("promtool"), async () => {
  const rules = renderRules(stack("dev", { alerting: { rules: tuned } }));
  await runAmong(rules, "promtool", "check", "rules", "--lint=all", "--lint-fatal", ...rules.map(({ path }) => path));
});

test("ProbeSlow compares a probe with its own slowAfter, and all others with the threshold", () => {
  const target = { kind: "tcp", host: "db.internal:5432" };
  const targets = [
    { ...target, name: "db" },
    { ...target, name: "archive", slowAfter: "1500ms" },
  ];
  const rules = rulesOf(renderRules(stack("dev", { probes: { targets } }))).filter(isAlert);
  assert.equal(
    rules.find(({ alert }) => alert === "ProbeSlow")?.expr,
    'avg_over_time(probe_duration_seconds{job="probe", probe!~"archive"}[5m]) > 1\n' +
      '  or avg_over_time(probe_duration_seconds{job="probe", probe="archive"}[5m]) > 1.5',
  );
});

test("without probes there are no rules on them, and ServiceDown covers every target", () => {
  const rules = rulesOf(renderRules(stack("dev", { probes: { enabled: false } })));
  assert.deepEqual(
    rules.filter(({ expr }) => /probe/.test(expr)),
    [],
  );
});
