import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { controlPlanePrograms } from "../../../scripts/offline/cluster-programs.ts";
import { EngineStack } from "../../e2e/engine/engine.ts";
import { markedLines } from "../../e2e/engine/marked-lines.ts";
import { type ChangeName, changes, limit } from "../../e2e/engine/preview-changes.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import { needsCluster } from "../cluster/needs.ts";
import { createProd, startCluster } from "./cluster.ts";

const values = {
  kubernetes: { protectData: false },
  applications: { "license-server": { targets: ["licenses.internal:9400"] } },
  tracing: { enabled: true },
};

const canary = "canary-5fe1b";

const update = (kind: string, name: string) => `~ kubernetes:${kind}: (update) ${name}`;
const configMap = (name: string) => update("core/v1:ConfigMap", name);
const check = (workload: string) => [
  configMap(`${workload}-config-check`),
  `+-kubernetes:batch/v1:Job: (replace) ${workload}-config-check`,
  "~ metadata.name (hidden)",
];
/** A ConfigMap with a file that is compared line by line. */
const file = (name: string, key: string, ...lines: string[]) => [configMap(name), "~ data: {", `~ ${key}:`, ...lines];
/** The diff of a dashboard's JSON has more lines than the change, so it is hidden; an annotation names the dashboard. */
const dashboard = (name: string) => [
  configMap("grafana-dashboards"),
  "~ data (hidden)",
  "~ metadata: {",
  "~ annotations: {",
  `~ white-room-monitoring/hash.white-room-${name}.json: "<hash>" => "<hash>"`,
];
const busy = (threshold: string) =>
  `'CPU usage of {{ $labels.instance }} is above ${threshold}: {{ $value | humanizePercentage }} on average over the last 5m. Workloads on...`;

const marks: Readonly<Record<ChangeName, readonly string[]>> = {
  "an alert's threshold": [
    ...check("prometheus"),
    ...dashboard("system-health"),
    ...file(
      "prometheus-config",
      "rules__infrastructure.yml",
      "-         expr: instance:node_cpu_busy:ratio_rate5m > 0.9",
      "+         expr: instance:node_cpu_busy:ratio_rate5m > 0.8",
      `-           description: ${busy("90 %")}`,
      `+           description: ${busy("80 %")}`,
    ),
  ],
  "a route's wait": [
    ...check("alertmanager"),
    ...file("alertmanager-config", "alertmanager.yml", "-       repeat_interval: 4h", "+       repeat_interval: 3h"),
  ],
  "a scrape target": [
    ...check("prometheus"),
    update("networking.k8s.io/v1:NetworkPolicy", "prometheus"),
    ...["~ spec: {", "~ egress: [", "~ [13]: {", "~ ports: [", "~ [0]: {", "~ port: 9400 => 9401"],
    ...file(
      "prometheus-config",
      "prometheus.yml",
      "-           - licenses.internal:9400",
      "+           - licenses.internal:9401",
    ),
  ],
  "a log pipeline": [
    ...check("alloy"),
    ...file(
      "alloy-config",
      "config.alloy",
      '- \t\t\t__path__ = "/var/log/white-room/nginx/access.log",',
      '+ \t\t\t__path__ = "/var/log/white-room/proxy/*.log",',
    ),
    // LogSourceSilent expects files at paths other than the default.
    ...check("prometheus"),
    ...file(
      "prometheus-config",
      "rules__kubernetes.yml",
      '+               or label_replace(label_replace((count by (job, cluster, env) (max_over_time(loki_source_file_read_bytes_total{path=~"/var/log/white-room...',
    ),
  ],
  "a limit of Loki": [
    ...file(
      "loki-limits",
      "limits.yml",
      "-     max_global_streams_per_user: 5000",
      "+     max_global_streams_per_user: 6000",
    ),
    ...dashboard("monitoring"),
  ],
};

interface MemoryLimit {
  readonly back: string;
  readonly workload: string;
  /** Other lines that change with it. */
  readonly also?: readonly string[];
}

/** Memory limits by their key, each of which is tripled. */
const memoryLimits: Readonly<Record<string, MemoryLimit>> = {
  "metrics.limits": { back: "1Gi", workload: "StatefulSet: (update) prometheus" },
  "alerting.limits": {
    back: "128Mi",
    workload: "StatefulSet: (update) alertmanager",
  },
  "logs.limits": {
    back: "512Mi",
    workload: "StatefulSet: (update) loki",
    also: [
      "~ command: [",
      '~ [2]: "-ingester.wal-replay-memory-ceiling=204MB" => "-ingester.wal-replay-memory-ceiling=614MB"',
    ],
  },
  "logs.collectorLimits": { back: "256Mi", workload: "DaemonSet: (update) alloy" },
  "tracing.limits": {
    back: "1Gi",
    workload: "StatefulSet: (update) jaeger",
    also: ["~ env: [", "~ [0]: {", '~ value: "858993459" => "2576980377"'],
  },
  "visualization.limits": { back: "1Gi", workload: "StatefulSet: (update) grafana" },
  "exporters.node.limits": { back: "64Mi", workload: "DaemonSet: (update) node-exporter" },
  "exporters.kubeStateMetrics.limits": { back: "192Mi", workload: "Deployment: (update) kube-state-metrics" },
  "exporters.postgres.limits": { back: "64Mi", workload: "Deployment: (update) postgres-exporter-primary" },
};

describe("previews of prod", needsCluster(...controlPlanePrograms, "kwok"), () => {
  const stack = new EngineStack("prod", "previews");
  let plane: ControlPlane;

  before(async () => {
    plane = await startCluster();
    await createProd(stack, values, canary);
    await succeeds(["up", "--yes", "--skip-preview"]);
  });

  after(() => plane?.stop());

  test("a preview without changes marks no lines", async () => {
    assert.deepEqual(await marked(), []);
  });

  test("resources named before names had a prefix are kept", async (context) => {
    const state = await stack.export();
    context.after(() => stack.import(state));
    await stack.removeNamePrefix();
    const output = await succeeds(["preview", "--diff"]);
    assert.deepEqual(markedLines(output), []);
    assert.doesNotMatch(output, /to (create|update|delete|replace)/);
  });

  for (const [what, expected] of Object.entries(marks) as [ChangeName, readonly string[]][]) {
    const { path, to, back } = changes[what];
    test(`the preview of ${what} marks only the changed lines and their parents`, async (context) => {
      context.after(() => stack.set(path, back));
      await stack.set(path, to);
      assert.deepEqual((await marked()).sort(), [...expected].sort());
      assert.ok(expected.length <= limit);
    });
  }

  for (const [key, { back, workload, also = [] }] of Object.entries(memoryLimits)) {
    test(`the preview of ${key} marks only the changed lines and their parents`, async (context) => {
      const path = `${key}.memory`;
      const to = back.replace(/^\d+/, (amount) => String(3 * Number(amount)));
      context.after(() => stack.set(path, back));
      await stack.set(path, to);
      const expected = [
        `~ kubernetes:apps/v1:${workload}`,
        ...["~ spec: {", "~ template: {", "~ spec: {", "~ containers: [", "~ [0]: {", "~ resources: {"],
        // The request is the limit.
        ...["limits", "requests"].flatMap((which) => [`~ ${which}: {`, `~ memory: "${back}" => "${to}"`]),
        ...also,
      ];
      // The engine aligns colons.
      const lines = (await marked()).map((line) => line.replace(/ +:/, ":"));
      assert.deepEqual(lines.sort(), expected.sort());
      assert.ok(expected.length <= limit);
    });
  }

  test("only the header of a checker's Job is printed", async (context) => {
    const { path, to, back } = changes["a route's wait"];
    context.after(() => stack.set(path, back));
    await stack.set(path, to);
    const output = await succeeds(["preview", "--diff"]);
    assert.match(output, /Job: \(replace\)/);
    assert.doesNotMatch(output, /activeDeadlineSeconds/);
  });

  test("the preview of a dashboard names it", async () => {
    const copy = stack.copyOfProgram();
    const path = join(copy, "dashboards/white-room/application-performance/audio.ts");
    writeFileSync(path, readFileSync(path, "utf8").replace('"CPU by channel"', '"CPU of each channel"'));
    assert.deepEqual(await marked(copy), dashboard("application-performance"));
  });

  test("disabling an alert marks its lines, but not the alerts below it", async (context) => {
    context.after(() => stack.set("alerting.rules.HighMemoryUsage.enabled", "true"));
    await stack.set("alerting.rules.HighMemoryUsage.enabled", "false");
    const alerts = (await marked()).filter((line) => line.includes(" alert: "));
    assert.deepEqual(alerts, ["-       - alert: HighMemoryUsage"]);
  });

  test("a rotated secret is masked without masking other changes", async () => {
    stack.setSecret("slackBotToken", `${canary}-rotated`);
    await stack.set("alerting.waits.high.repeatInterval", "3h");
    const output = await succeeds(["preview", "--diff"]);
    assert.ok(!output.includes(canary), "the preview shows a secret");
    const lines = markedLines(output);
    assert.ok(lines.length <= limit, lines.join("\n"));
    assert.ok(lines.includes("~ slackBotToken: [secret] => [secret]"));
    assert.ok(lines.includes("+       repeat_interval: 3h"));
  });

  async function succeeds(words: readonly string[], directory?: string): Promise<string> {
    const environment = { KUBECONFIG: plane.kubectl.kubeconfig };
    const { code, output } = await stack.operation(words, directory, environment);
    assert.equal(code, 0, output);
    return output;
  }

  /** Marked lines of a preview, with a placeholder for hashes. */
  async function marked(directory?: string): Promise<string[]> {
    const lines = markedLines(await succeeds(["preview", "--diff"], directory));
    return lines.map((line) =>
      line.includes("hash") ? line.replace(/"[0-9a-f]{10}(?:[0-9a-f]{54})?"/g, '"<hash>"') : line,
    );
  }
});
