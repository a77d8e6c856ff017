import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dump, load } from "js-yaml";
import { comment, commentLimit } from "../../scripts/preview-comment/comment.ts";
import { mountedFolders, replacesReader } from "../../scripts/preview-comment/docker.ts";
import { mapIn, type Rendered, readRendered, type Yaml } from "../../scripts/preview-comment/rendered.ts";
import type { TreeFile } from "../../scripts/render/compose.ts";
import { render } from "../../scripts/render.ts";

const root = join(import.meta.dirname, "..", "..");
const namespace = "white-room-monitoring";
const folder = mkdtempSync(join(tmpdir(), "white-room-comment-"));

after(() => rmSync(folder, { recursive: true }));

interface Render {
  readonly stack: Rendered;
  readonly files: readonly TreeFile[];
}

const renders = new Map<string, Promise<Render>>();

/** Renders a stack with values that override its file. Caches the result. */
function renderedWith(stack: string, values: Yaml): Promise<Render> {
  const key = JSON.stringify([stack, values]);
  const known = renders.get(key);
  if (known !== undefined) return known;
  const rendering = renderStack(stack, values, renders.size);
  renders.set(key, rendering);
  return rendering;
}

async function renderStack(stack: string, values: Yaml, number: number): Promise<Render> {
  const { config } = load(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as { config: Yaml };
  const overrides = Object.fromEntries(Object.entries(values).map(([key, value]) => [`${namespace}:${key}`, value]));
  const [directory, configFile] = [join(folder, `${number}`), join(folder, `${number}.yaml`)];
  writeFileSync(configFile, dump({ config: merged(config, overrides) }));
  const files = await render(stack, directory, { withSecrets: false, configFile });
  return { stack: readRendered(directory), files };
}

function merged(base: unknown, override: unknown): unknown {
  const maps = [base, override].every((value) => typeof value === "object" && value !== null && !Array.isArray(value));
  if (!maps) return override === undefined ? base : override;
  const [a, b] = [base as Yaml, override as Yaml];
  const all = Object.keys({ ...a, ...b }).map((key) => [key, merged(a[key], b[key])] as const);
  return Object.fromEntries(all.filter(([, value]) => value !== null));
}

/** The summary above the diffs. */
function summary(text: string): string {
  const [, ...blocks] = text.split("\n\n");
  return blocks.slice(0, blocks.indexOf("**Diff of rendered files**")).join("\n\n");
}

/** Diff lines that change the expression of a rule. */
function expressionDiff(text: string): string[] {
  return text.split("\n").filter((line) => /^[+-] +expr:/.test(line));
}

const options = { limit: commentLimit };

describe("changes to the stack dev on Docker", () => {
  let base: Rendered;
  before(async () => {
    base = (await renderedWith("dev", {})).stack;
  });

  const cases: [change: string, values: Yaml, expected: string][] = [
    [
      "a changed threshold",
      { alerting: { rules: { HighCpuUsage: { threshold: 0.8, for: "10m" } } } },
      `### Preview

**Alerts**

- HighCpuUsage: 0.90 → 0.80, for 5m → 10m

**Dashboards**

- System Health: panel \`CPU\` changed (thresholds)

**Restarts**

- No restart: grafana and prometheus reload changed files`,
    ],
    [
      "a changed repeat interval",
      { alerting: { waits: { high: { repeatInterval: "2h" } } } },
      `### Preview

**Routes and receivers**

- Route \`severity="high"\`: \`repeat_interval\` 4h → 2h

**Restarts**

- No restart: alertmanager reloads changed files`,
    ],
    [
      "changed scrape targets",
      { applications: { "juce-backend": { targets: ["a.example:8000"], scrapeInterval: "30s" } } },
      `### Preview

**Scrape targets**

- Job juce-backend: target \`a.example:8000\` added, \`scrape_interval\` set to 30s

**Restarts**

- No restart: prometheus reloads changed files`,
    ],
    [
      "changed retention",
      { metrics: { retentionTime: "30d" }, logs: { retention: "14d" } },
      `### Preview

**Retention**

- Metrics: 15d → 30d
- Logs: 7d → 14d

**Dashboards**

- Monitoring itself: panel \`Disk use against the retention cap\` changed (description), panel \`Loki retention\` changed (description)

**Restarts**

- loki: container replaced: reads \`loki/loki.yml\` only at startup
- No restart: grafana and prometheus reload changed files`,
    ],
    [
      "another collector",
      { logs: { collector: "promtail" } },
      `### Preview

**Alerts**

- LogSourceSilent: expression changed
- SyslogUnparsed: expression changed
- ConfigReloadFailed: expression changed
- LogsDropped: expression changed

**Scrape targets**

- Job collector: target \`promtail:9080\` added, target \`alloy:12345\` removed

**Dashboards**

- Monitoring itself: panel \`Configuration accepted\` changed (queries), panel \`Lines sent\` changed (queries), panel \`Collector lag\` changed (queries), panel \`Lines dropped\` changed (queries), panel \`Lines read, by source\` changed (queries), panel \`Syslog messages not parsed\` changed (queries), panel \`Push latency, P95\` changed (queries)
- Traces: panel \`Spans received and dropped\` changed (queries)

**Log pipeline**

- \`alloy/config.alloy\`: removed
- \`promtail/promtail.yml\`: added

**Other files**

- \`demo-simulator/config.json\`: \`syslog.host\` alloy → promtail

**Data**

- **Volume \`white-room-dev-alloy-positions\` is no longer part of the stack; its data stays on the host until you remove it**

**Restarts**

- alloy: container removed
- demo-simulator: container replaced: \`environment\` \`OTEL_EXPORTER_OTLP_ENDPOINT=http://alloy:4318\` → \`OTEL_EXPORTER_OTLP_ENDPOINT=http://jaeger:4318\`, reads \`demo-simulator/config.json\` only at startup
- jaeger: container replaced: \`ports\` \`127.0.0.1:4317:4317\` and \`127.0.0.1:4318:4318\` added
- promtail: container added
- No restart: grafana and prometheus reload changed files`,
    ],
    [
      "a memory limit, an image and a removed exporter",
      {
        visualization: { limits: { memory: "768Mi" } },
        images: { loki: { tag: "3.7.9" } },
        exporters: { cadvisor: { enabled: false } },
      },
      `### Preview

**Alerts**

- ContainerMetricsMissing: removed (P2, team platform)
- ContainerMemoryNearLimit: removed (P1, team platform)

**Scrape targets**

- Job cadvisor: removed (1 target)

**Dashboards**

- White Room: panel \`Hosts and servers\` changed (queries)
- System Health: panel \`Network\` changed (field options and queries), row \`Containers\` removed, panel \`Containers\` removed, panel \`Containers by CPU and memory\` removed, panel \`Container CPU\` removed, panel \`Container memory\` removed

**Other files**

- \`socket-proxy/haproxy.cfg\`: changed

**Restarts**

- cadvisor: container removed
- grafana: container updated without a restart: \`mem_limit\` 1024m → 768m
- loki: container replaced: \`image\` \`docker.io/grafana/loki:3.7.8\` → \`docker.io/grafana/loki:3.7.9\`
- socket-proxy: container replaced: \`volumes[/run]\` removed, reads \`socket-proxy/haproxy.cfg\` only at startup
- No restart: grafana and prometheus reload changed files`,
    ],
  ];
  for (const [change, values, expected] of cases) {
    test(`summarizes ${change}`, async () => {
      const changed = await renderedWith("dev", values);
      assert.equal(summary(comment(base, changed.stack, options)), expected);
    });
  }

  test("shows the changed lines by product", async () => {
    const { stack } = await renderedWith("dev", { alerting: { rules: { HighCpuUsage: { threshold: 0.8 } } } });
    const text = comment(base, stack, options);
    assert.deepEqual(text.match(/<summary>.*<\/summary>/g), [
      "<summary>grafana: 1 file, +1 −1</summary>",
      "<summary>prometheus: 1 file, +2 −2</summary>",
    ]);
    assert.deepEqual(expressionDiff(text), [
      "-        expr: instance:node_cpu_busy:ratio_rate5m > 0.9",
      "+        expr: instance:node_cpu_busy:ratio_rate5m > 0.8",
    ]);
    assert.equal(comment(base, stack, options), text);
  });

  test("names the changed component of the log pipeline", async () => {
    const values = { logs: { sources: { nginxErrors: { timezone: "Asia/Tokyo" } } } };
    const { stack } = await renderedWith("dev", values);
    assert.equal(
      summary(comment(base, stack, options)),
      `### Preview

**Log pipeline**

- \`loki.process "nginx_errors"\`: changed

**Restarts**

- No restart: alloy reloads changed files`,
    );
  });

  test("reports unchanged, new and removed stacks", () => {
    assert.equal(
      comment(base, base, { ...options, stack: "dev" }),
      "<!-- white-room-monitoring preview dev -->\n\n### Preview of stack dev\n\nNo changes in rendered files.\n",
    );
    assert.equal(
      summary(comment(new Map(), base, options)),
      `### Preview\n\nThis stack is new: ${base.size} files on Docker.`,
    );
    assert.equal(
      summary(comment(base, new Map(), options)),
      "### Preview\n\n**This stack is removed from the program. Its resources keep running until `pulumi destroy`.**",
    );
  });
});

describe("changes to the stack prod on Kubernetes", () => {
  let base: Rendered;
  before(async () => {
    base = (await renderedWith("prod", {})).stack;
  });

  const cases: [change: string, values: Yaml, expected: string][] = [
    [
      "a changed threshold",
      { alerting: { rules: { HighCpuUsage: { threshold: 0.8 } } } },
      `### Preview

**Alerts**

- HighCpuUsage: 0.90 → 0.80

**Dashboards**

- System Health: panel \`CPU\` changed (thresholds)

**Restarts**

- No restart: grafana and prometheus reload changed files`,
    ],
    [
      "changed retention and a larger volume",
      { metrics: { retentionSize: "20GB", volumeSize: "25Gi" }, logs: { retention: "60d" } },
      `### Preview

**Retention**

- Metrics, by size: 10GB → 20GB
- Logs: 7d → 60d

**Dashboards**

- Monitoring itself: panel \`Disk use against the retention cap\` changed (description), panel \`Loki retention\` changed (description)

**Data**

- Claim \`data-prometheus-0\` grows: 13Gi → 25Gi, if its storage class allows expansion
- Claim \`data-prometheus-1\` grows: 13Gi → 25Gi, if its storage class allows expansion

**Restarts**

- loki (StatefulSet): pods restart: new config files
- No restart: grafana and prometheus reload changed files`,
    ],
    [
      "fewer replicas, a smaller volume and another image",
      { metrics: { replicas: 1 }, visualization: { volumeSize: "512Mi" }, images: { loki: { tag: "3.7.9" } } },
      `### Preview

**Data**

- **Claim \`data-grafana-0\` shrinks: 1Gi → 512Mi. Kubernetes rejects this, and \`pulumi up\` fails**
- **Claim \`data-prometheus-1\` is removed. \`pulumi up\` fails if \`kubernetes.protectData\` is true; otherwise the storage class decides whether the data is kept**

**Restarts**

- loki (StatefulSet): pods restart: \`containers[loki].image\` \`docker.io/grafana/loki:3.7.8\` → \`docker.io/grafana/loki:3.7.9\`
- prometheus (StatefulSet): pods restart: \`affinity\` removed, \`topologySpreadConstraints\` removed, replicas 2 → 1
- Also removed: PodDisruptionBudget prometheus`,
    ],
  ];
  for (const [change, values, expected] of cases) {
    test(`summarizes ${change}`, async () => {
      const changed = await renderedWith("prod", values);
      assert.equal(summary(comment(base, changed.stack, options)), expected);
    });
  }

  test("shows a changed rule once, although several ConfigMaps and files contain it", async () => {
    const { stack } = await renderedWith("prod", { alerting: { rules: { HighCpuUsage: { threshold: 0.8 } } } });
    const text = comment(base, stack, options);
    assert.deepEqual(expressionDiff(text), [
      "-        expr: instance:node_cpu_busy:ratio_rate5m > 0.9",
      "+        expr: instance:node_cpu_busy:ratio_rate5m > 0.8",
    ]);
    assert.equal(text.split("ratio_rate5m > 0.8").length, 2);
  });

  test("warns that data is not migrated to another platform", async () => {
    const { stack } = await renderedWith("dev", {});
    assert.equal(
      summary(comment(stack, base, options)),
      "### Preview\n\n**The platform changes from Docker to Kubernetes: everything on Docker is removed, and data is not migrated.**",
    );
  });
});

test("the list of reloaded folders on Docker matches the program", async () => {
  const everything = {
    platform: "docker",
    demo: { enabled: true },
    metrics: { replicas: 1 },
    alerting: { replicas: 1 },
    // Removes the key.
    kubernetes: { scrapeNamespaces: null },
    visualization: { ingress: { enabled: false } },
    logs: { collector: "promtail", objectStorage: { endpoint: "s3.example", bucket: "logs" } },
  };
  const stacks = [
    await renderedWith("dev", {}),
    await renderedWith("sandbox", {}),
    await renderedWith("prod", everything),
  ];
  const wrong = stacks.flatMap(({ stack, files }) => {
    const services = mapIn(stack.get("compose.yaml"))["services"] as Record<string, Yaml>;
    return files.flatMap(({ path, reader }) => {
      if (reader === undefined) return [];
      const replaces = replacesReader(path, mountedFolders(services[reader.service] ?? {}));
      return replaces === (reader.reload === "restart") ? [] : [`${path} ${reader.reload}`];
    });
  });
  assert.deepEqual(wrong, []);
});

test("never shows the content of secret files, even if rendered with secrets", () => {
  const [one, two] = ["first", "second"].map((value) => {
    const directory = join(folder, value);
    mkdirSync(join(directory, "secrets/alertmanager/secrets"), { recursive: true });
    mkdirSync(join(directory, "kubernetes"));
    writeFileSync(join(directory, ".white-room-render"), "");
    writeFileSync(join(directory, "secrets/alertmanager/secrets/slackBotToken"), `canary-${value}`);
    const secret = {
      kind: "Secret",
      metadata: { name: "alertmanager-secrets" },
      stringData: { key: `canary-${value}` },
    };
    writeFileSync(join(directory, "kubernetes/alertmanager-secrets.yaml"), dump(secret));
    return readRendered(directory);
  }) as [Rendered, Rendered];
  const text = comment(one, two, options);
  assert.doesNotMatch(text, /canary/);
  assert.match(text, /^- `secrets\/alertmanager\/secrets\/slackBotToken`: changed \(content not shown\)$/m);
});
