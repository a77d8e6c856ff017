import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { images } from "../../../config/products/images.ts";
import { EngineStack } from "./engine.ts";
import { markedLines } from "./marked-lines.ts";
import { type ChangeName, changes, limit } from "./preview-changes.ts";

const engine = new EngineStack("sandbox", "previews");
const canary = "canary-7d20c";
const secrets = ["pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutySecurityKey", "slackBotToken", "smtpPassword"];
/** Only the file sets and their contents are deployed; the tests do not need the programs that read them. */
const fileSets = [
  "alertmanager-config",
  "alertmanager-secrets",
  "collector-config",
  "grafana-dashboards",
  "loki-limits",
  "prometheus-config",
  "prometheus-secrets",
];
const components = ["ObservabilityStack", "Docker", "Secrets", "Metrics", "Logs", "Alerting", "Visualization"];
const targets = [
  ...components.map((type) => `**:${type}::*`),
  ...["docker-network", "grafanaMetricsPassword", ...fileSets].map((name) => `**::observability-${name}`),
].flatMap((urn) => ["--target", urn]);
/** The sandbox has no Grafana image, so another image's shell writes the dashboards. */
const values = {
  images: {
    mirror: "white-room.invalid",
    grafana: images.prometheus,
  },
  visualization: { enabled: true },
  applications: { "license-server": { targets: ["licenses.internal:9400"] } },
};

before(async () => {
  await engine.create(values);
  for (const key of secrets) engine.setSecret(key, `${canary}-${key}`);
  await runPulumi(["up", "--yes", "--skip-preview", ...targets]);
});

after(() => engine.operation(["destroy", "--yes", "--skip-preview"]));

async function runPulumi(args: readonly string[], directory?: string): Promise<string> {
  const { code, output } = await engine.operation(args, directory);
  assert.equal(code, 0, output);
  return output;
}

const preview = (directory?: string) => runPulumi(["preview", "--diff", ...targets], directory);

test("a preview without changes marks no lines", async () => {
  assert.deepEqual(markedLines(await preview()), []);
});

test("resources named before names had a prefix are kept", async (context) => {
  const state = await engine.export();
  context.after(() => engine.import(state));
  await engine.removeNamePrefix();
  assert.ok(!(await engine.export()).includes("::observability-prometheus-config"));
  const output = await preview();
  assert.deepEqual(markedLines(output), []);
  assert.doesNotMatch(output, /to (create|update|delete|replace)/);
  assert.match(output, /\d+ unchanged/);
});

const busy = (threshold: string) =>
  `'CPU usage of {{ $labels.instance }} is above ${threshold}: {{ $value | humanizePercentage }} on average over the last 5m. Workloads on...`;
const streams = "Active streams, as a share of logs.maxStreams";
const rising = "A continuous increase indicates a label with too many values.";
const open = String.raw`loki_ingester_memory_streams{cluster=~\"$cluster\", job=\"loki\"}`;
const watched = (path: string) =>
  `or label_replace(label_replace((count by (job, cluster, env) (max_over_time(promtail_read_bytes_total{path=~"/var/log/white-room/${path}...`;
const marks: Readonly<Record<ChangeName, readonly string[]>> = {
  "an alert's threshold": [
    "+-docker:index/container:Container: (replace) grafana-dashboards",
    "~ uploads: [",
    "~ [8]: {",
    "~ content:",
    '-         "value": 0.9,',
    '+         "value": 0.8,',
    "+-docker:index/container:Container: (replace) prometheus-config",
    "~ uploads: [",
    "~ [6]: {",
    "~ content:",
    "-         expr: instance:node_cpu_busy:ratio_rate5m > 0.9",
    "+         expr: instance:node_cpu_busy:ratio_rate5m > 0.8",
    `-           description: ${busy("90 %")}`,
    `+           description: ${busy("80 %")}`,
  ],
  "a route's wait": [
    "+-docker:index/container:Container: (replace) alertmanager-config",
    "~ uploads: [",
    "~ [0]: {",
    "~ content:",
    "-       repeat_interval: 4h",
    "+       repeat_interval: 3h",
  ],
  "a scrape target": [
    "+-docker:index/container:Container: (replace) prometheus-config",
    "~ uploads: [",
    "~ [0]: {",
    "~ content:",
    "-           - licenses.internal:9400",
    "+           - licenses.internal:9401",
  ],
  "a log pipeline": [
    "+-docker:index/container:Container: (replace) collector-config",
    "~ uploads: [",
    "~ [0]: {",
    "~ content:",
    "-           __path__: /var/log/white-room/nginx/access.log",
    "+           __path__: /var/log/white-room/proxy/*.log",
    // LogSourceSilent fires if no file matches.
    "+-docker:index/container:Container: (replace) prometheus-config",
    "~ uploads: [",
    "~ [5]: {",
    "~ content:",
    `-               ${watched("nginx/a")}`,
    `+               ${watched("proxy/.")}`,
  ],
  "a limit of Loki": [
    "+-docker:index/container:Container: (replace) grafana-dashboards",
    "~ uploads: [",
    "~ [5]: {",
    "~ content:",
    `-    "description": "${streams} (5000). ${rising}",`,
    `+    "description": "${streams} (6000). ${rising}",`,
    `-      "expr": "sum by (instance) (${open}) / 5000",`,
    `+      "expr": "sum by (instance) (${open}) / 6000",`,
    "+-docker:index/container:Container: (replace) loki-limits",
    "~ uploads: [",
    "~ [0]: {",
    "~ content: (yaml) {",
    "~ overrides: {",
    "~ fake: {",
    "~ max_global_streams_per_user: 5000 => 6000",
  ],
};

for (const [what, marked] of Object.entries(marks) as [ChangeName, readonly string[]][]) {
  const { path, to, back } = changes[what];
  test(`the preview of ${what} marks only the changed lines and their parents`, async (context) => {
    context.after(() => engine.set(path, back));
    await engine.set(path, to);
    assert.deepEqual(markedLines(await preview()).sort(), [...marked].sort());
    assert.ok(marked.length <= limit);
  });
}

test("the preview of a dashboard marks only the changed lines and their parents", async () => {
  const copy = engine.copyOfProgram();
  const file = join(copy, "dashboards/white-room/application-performance/audio.ts");
  writeFileSync(file, readFileSync(file, "utf8").replace('"CPU by channel"', '"CPU of each channel"'));
  assert.deepEqual(markedLines(await preview(copy)), [
    "+-docker:index/container:Container: (replace) grafana-dashboards",
    "~ uploads: [",
    "~ [1]: {",
    "~ content:",
    '-    "title": "CPU by channel",',
    '+    "title": "CPU of each channel",',
  ]);
});

test("disabling an alert marks its lines, but not the alerts below it", async (context) => {
  context.after(() => engine.set("alerting.rules.HighMemoryUsage.enabled", "true"));
  await engine.set("alerting.rules.HighMemoryUsage.enabled", "false");
  const alerts = markedLines(await preview()).filter((line) => line.includes(" alert: "));
  assert.deepEqual(alerts, ["-       - alert: HighMemoryUsage"]);
});

test("a rotated secret is masked without masking other changes", async () => {
  engine.setSecret("slackBotToken", `${canary}-rotated`);
  await engine.set("alerting.waits.high.repeatInterval", "3h");
  const output = await preview();
  assert.ok(!output.includes(canary), "the preview shows a secret");
  const marked = markedLines(output);
  assert.ok(marked.length <= limit, marked.join("\n"));
  assert.ok(marked.includes("+-docker:index/container:Container: (replace) alertmanager-secrets"));
  assert.ok(marked.includes("+       repeat_interval: 3h"));
});

test("a preview without --diff names the file set that changes", async () => {
  await runPulumi(["up", "--yes", "--skip-preview", ...targets]);
  await engine.set("alerting.rules.HighCpuUsage.for", "6m");
  const output = await runPulumi(["preview", ...targets]);
  assert.match(output, /Container +observability-prometheus-config +replace +\[diff: ~uploads\]/);
});
