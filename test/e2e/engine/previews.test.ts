import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { images } from "../../../config/images.ts";
import { EngineStack } from "./engine.ts";
import { markedLines } from "./marked-lines.ts";

/** Maximum number of marked lines for one changed value. */
const limit = 15;

const engine = new EngineStack("sandbox", "previews");
const canary = "canary-7d20c";
const secrets = ["pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutySecurityKey", "slackBotToken", "smtpPassword"];
/** Only the file sets are deployed; the tests do not need the programs that read them. */
const fileSets = [
  "alertmanager-config",
  "alertmanager-secrets",
  "collector-config",
  "grafana-dashboards",
  "loki-config",
  "prometheus-config",
];
const components = ["ObservabilityStack", "Docker", "Metrics", "Logs", "Alerting", "Visualization"];
const targets = [
  ...components.map((type) => `**:${type}::*`),
  ...["docker-network", ...fileSets].map((name) => `**::${name}`),
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

interface Change {
  readonly what: string;
  readonly path: string;
  readonly to: string;
  readonly back: string;
  readonly marked: readonly string[];
}

const busy =
  "Over the last 5m the CPUs of {{ $labels.instance }} were {{ $value | humanizePercentage }} busy on average,";
const streams = "Streams that are open, as a share of logs.maxStreams";
const rising = "Rising without end: a label with too many values.";
const open = String.raw`loki_ingester_memory_streams{cluster=~\"$cluster\", job=\"loki\"}`;
const changes: readonly Change[] = [
  {
    what: "an alert's threshold",
    path: "alerting.rules.HighCpuUsage.threshold",
    to: "0.8",
    back: "0.9",
    marked: [
      "+-docker:index/container:Container: (replace) grafana-dashboards",
      "~ uploads: [",
      "~ [6]: {",
      "~ content:",
      '-         "value": 0.9,',
      '+         "value": 0.8,',
      "+-docker:index/container:Container: (replace) prometheus-config",
      "~ uploads: [",
      "~ [6]: {",
      "~ content:",
      "-         expr: instance:node_cpu_busy:ratio_rate5m > 0.9",
      "+         expr: instance:node_cpu_busy:ratio_rate5m > 0.8",
      `-           description: ${busy} above 90 %. What ru...`,
      `+           description: ${busy} above 80 %. What ru...`,
    ],
  },
  {
    what: "a repeat interval",
    path: "alerting.waits.high.repeatInterval",
    to: "3h",
    back: "4h",
    marked: [
      "+-docker:index/container:Container: (replace) alertmanager-config",
      "~ uploads: [",
      "~ [0]: {",
      "~ content:",
      "-       repeat_interval: 4h",
      "+       repeat_interval: 3h",
    ],
  },
  {
    what: "a scrape target",
    path: "applications.license-server.targets[0]",
    to: "licenses.internal:9401",
    back: "licenses.internal:9400",
    marked: [
      "+-docker:index/container:Container: (replace) prometheus-config",
      "~ uploads: [",
      "~ [0]: {",
      "~ content:",
      "-           - licenses.internal:9400",
      "+           - licenses.internal:9401",
    ],
  },
  {
    what: "a log pipeline",
    path: "logs.sources.nginx.paths[0]",
    to: "/var/log/white-room/proxy/*.log",
    back: "/var/log/white-room/nginx/access.log",
    marked: [
      "+-docker:index/container:Container: (replace) collector-config",
      "~ uploads: [",
      "~ [0]: {",
      "~ content:",
      "-           __path__: /var/log/white-room/nginx/access.log",
      "+           __path__: /var/log/white-room/proxy/*.log",
    ],
  },
  {
    what: "a limit of Loki",
    path: "logs.maxStreams",
    to: "6000",
    back: "5000",
    marked: [
      "+-docker:index/container:Container: (replace) grafana-dashboards",
      "~ uploads: [",
      "~ [5]: {",
      "~ content:",
      `-    "description": "${streams} (5000). ${rising}",`,
      `+    "description": "${streams} (6000). ${rising}",`,
      `-      "expr": "sum by (instance) (${open}) / 5000",`,
      `+      "expr": "sum by (instance) (${open}) / 6000",`,
      "+-docker:index/container:Container: (replace) loki-config",
      "~ uploads: [",
      "~ [0]: {",
      "~ content: (yaml) {",
      "~ limits_config     : {",
      "~ max_global_streams_per_user: 5000 => 6000",
    ],
  },
];

for (const { what, path, to, back, marked } of changes) {
  test(`the preview of ${what} marks only the changed lines and their parents`, async (context) => {
    context.after(() => engine.set(path, back));
    await engine.set(path, to);
    assert.deepEqual(markedLines(await preview()).sort(), [...marked].sort());
    assert.ok(marked.length <= limit);
  });
}

test("the preview of a dashboard marks only the changed lines and their parents", async () => {
  const copy = engine.copyOfProgram();
  const file = join(copy, "dashboards/application-performance/audio.ts");
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
  assert.match(output, /Container +prometheus-config +replace +\[diff: ~uploads\]/);
});
