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

/** A stack rendered by the program, with values laid over those in its file. */
function renderedWith(stack: string, values: Yaml): Promise<Render> {
  const key = JSON.stringify([stack, values]);
  const known = renders.get(key);
  if (known !== undefined) return known;
  const made = renderAnew(stack, values, renders.size);
  renders.set(key, made);
  return made;
}

async function renderAnew(stack: string, values: Yaml, number: number): Promise<Render> {
  const { config } = load(readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8")) as { config: Yaml };
  const own = Object.fromEntries(Object.entries(values).map(([key, value]) => [`${namespace}:${key}`, value]));
  const [directory, configFile] = [join(folder, `${number}`), join(folder, `${number}.yaml`)];
  writeFileSync(configFile, dump({ config: laidOver(config, own) }));
  const files = await render(stack, directory, { withSecrets: false, configFile });
  return { stack: readRendered(directory), files };
}

function laidOver(below: unknown, above: unknown): unknown {
  const maps = [below, above].every((value) => typeof value === "object" && value !== null && !Array.isArray(value));
  if (!maps) return above === undefined ? below : above;
  const [a, b] = [below as Yaml, above as Yaml];
  return Object.fromEntries(Object.keys({ ...a, ...b }).map((key) => [key, laidOver(a[key], b[key])]));
}

/** What stands above the diffs. */
function words(text: string): string {
  const [, ...blocks] = text.split("\n\n");
  return blocks.slice(0, blocks.indexOf("**Diff of rendered files**")).join("\n\n");
}

/** The lines of a diff that change an expression of a rule. */
function expressionDiff(text: string): string[] {
  return text.split("\n").filter((line) => /^[+-] +expr:/.test(line));
}

const options = { limit: commentLimit };

describe("one changed setting of stack dev, on Docker", () => {
  let base: Rendered;
  before(async () => {
    base = (await renderedWith("dev", {})).stack;
  });

  const cases: [what: string, values: Yaml, told: string][] = [
    [
      "a threshold",
      { alerting: { rules: { HighCpuUsage: { threshold: 0.8, for: "10m" } } } },
      `### Preview

**Alerts**

- HighCpuUsage: 0.90 → 0.80, for 5m → 10m

**Dashboards**

- System Health: panel \`CPU\` changed (thresholds)

**Restarts**

- No restart: grafana and prometheus take changed files while running`,
    ],
    [
      "a route's wait",
      { alerting: { waits: { high: { repeatInterval: "2h" } } } },
      `### Preview

**Routes and receivers**

- Route \`severity="high"\`: \`repeat_interval\` 4h → 2h

**Restarts**

- No restart: alertmanager takes changed files while running`,
    ],
    [
      "targets",
      { applications: { "juce-backend": { targets: ["a.example:8000"], scrapeInterval: "30s" } } },
      `### Preview

**Scrape targets**

- Job juce-backend: target \`a.example:8000\` added, \`scrape_interval\` set to 30s

**Restarts**

- No restart: prometheus takes changed files while running`,
    ],
    [
      "retention",
      { metrics: { retentionTime: "30d" }, logs: { retention: "14d" } },
      `### Preview

**Retention**

- Metrics: 15d → 30d
- Logs: 7d → 14d

**Dashboards**

- Monitoring itself: panel \`Disk use against the retention cap\` changed (description), panel \`Loki retention\` changed (description)

**Restarts**

- loki: container replaced: reads \`loki/loki.yml\` only at its start
- No restart: grafana and prometheus take changed files while running`,
    ],
    [
      "the collector",
      { logs: { collector: "promtail" } },
      `### Preview

**Alerts**

- ConfigReloadFailed: expression changed
- LogsDropped: expression changed

**Scrape targets**

- Job collector: target \`promtail:9080\` added, target \`alloy:12345\` removed

**Dashboards**

- Monitoring itself: panel \`Configuration accepted\` changed (queries), panel \`Lines sent\` changed (queries), panel \`Collector lag\` changed (queries), panel \`Lines dropped\` changed (queries), panel \`Push latency, P95\` changed (queries)

**Log pipeline**

- \`alloy/config.alloy\`: removed
- \`promtail/promtail.yml\`: added

**Other files**

- \`demo-simulator/config.json\`: \`syslog.host\` alloy → promtail

**Data**

- **Volume \`white-room-dev-alloy-positions\` is no longer part of the stack; its data stays on the host until you remove it**

**Restarts**

- alloy: container removed
- demo-simulator: container replaced: reads \`demo-simulator/config.json\` only at its start
- promtail: container added
- No restart: grafana and prometheus take changed files while running`,
    ],
    [
      "a limit, an image and an exporter that is gone",
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

**Restarts**

- cadvisor: container removed
- grafana: container updated without a restart: \`mem_limit\` 1024m → 768m
- loki: container replaced: \`image\` \`docker.io/grafana/loki:3.7.8\` → \`docker.io/grafana/loki:3.7.9\`
- No restart: grafana and prometheus take changed files while running`,
    ],
  ];
  for (const [what, values, told] of cases) {
    test(`${what}: in words`, async () => {
      const changed = await renderedWith("dev", values);
      assert.equal(words(comment(base, changed.stack, options)), told);
    });
  }

  test("a threshold: the diff shows the lines that differ, by product", async () => {
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

  test("a step of the log pipeline: the component that changes", async () => {
    const values = { logs: { sources: { nginxErrors: { timezone: "Asia/Tokyo" } } } };
    const { stack } = await renderedWith("dev", values);
    assert.equal(
      words(comment(base, stack, options)),
      `### Preview

**Log pipeline**

- \`loki.process "nginx_errors"\`: changed

**Restarts**

- No restart: alloy takes changed files while running`,
    );
  });

  test("no change, and stacks that are new or gone", () => {
    assert.equal(
      comment(base, base, { ...options, stack: "dev" }),
      "<!-- white-room-monitoring preview dev -->\n\n### Preview of stack dev\n\nNo changes in rendered files.\n",
    );
    assert.equal(
      words(comment(new Map(), base, options)),
      `### Preview\n\nThis stack is new: ${base.size} files on Docker.`,
    );
    assert.equal(
      words(comment(base, new Map(), options)),
      "### Preview\n\n**This stack is removed from the program. What it deployed keeps running until `pulumi destroy`.**",
    );
  });
});

describe("one changed setting of stack prod, on Kubernetes", () => {
  let base: Rendered;
  before(async () => {
    base = (await renderedWith("prod", {})).stack;
  });

  const cases: [what: string, values: Yaml, told: string][] = [
    [
      "a threshold",
      { alerting: { rules: { HighCpuUsage: { threshold: 0.8 } } } },
      `### Preview

**Alerts**

- HighCpuUsage: 0.90 → 0.80

**Dashboards**

- System Health: panel \`CPU\` changed (thresholds)

**Restarts**

- No restart: grafana and prometheus take changed files while running`,
    ],
    [
      "retention, and a volume that grows",
      { metrics: { retentionSize: "20GB", volumeSize: "25Gi" }, logs: { retention: "60d" } },
      `### Preview

**Retention**

- Metrics, by size: 10GB → 20GB
- Logs: 7d → 60d

**Dashboards**

- Monitoring itself: panel \`Disk use against the retention cap\` changed (description), panel \`Loki retention\` changed (description)

**Data**

- Claim \`data-prometheus-0\` grows: 13Gi → 25Gi, where its storage class allows expansion
- Claim \`data-prometheus-1\` grows: 13Gi → 25Gi, where its storage class allows expansion

**Restarts**

- loki (StatefulSet): pods restart: new config files
- No restart: grafana and prometheus take changed files while running`,
    ],
    [
      "fewer replicas, a smaller volume, an image",
      { metrics: { replicas: 1 }, visualization: { volumeSize: "512Mi" }, images: { loki: { tag: "3.7.9" } } },
      `### Preview

**Data**

- **Claim \`data-grafana-0\` shrinks: 1Gi → 512Mi. Kubernetes refuses this, and \`pulumi up\` fails**
- **Claim \`data-prometheus-1\` is removed. \`pulumi up\` refuses while \`kubernetes.protectData\` is true; otherwise the storage class decides what becomes of the data**

**Restarts**

- loki (StatefulSet): pods restart: \`containers[loki].image\` \`docker.io/grafana/loki:3.7.8\` → \`docker.io/grafana/loki:3.7.9\`
- prometheus (StatefulSet): pods restart: \`affinity\` removed, \`topologySpreadConstraints\` removed, replicas 2 → 1
- Also removed: PodDisruptionBudget prometheus`,
    ],
  ];
  for (const [what, values, told] of cases) {
    test(`${what}: in words`, async () => {
      const changed = await renderedWith("prod", values);
      assert.equal(words(comment(base, changed.stack, options)), told);
    });
  }

  test("a changed rule is shown once, although three ConfigMaps and files hold it", async () => {
    const { stack } = await renderedWith("prod", { alerting: { rules: { HighCpuUsage: { threshold: 0.8 } } } });
    const text = comment(base, stack, options);
    assert.deepEqual(expressionDiff(text), [
      "-        expr: instance:node_cpu_busy:ratio_rate5m > 0.9",
      "+        expr: instance:node_cpu_busy:ratio_rate5m > 0.8",
    ]);
    assert.equal(text.split("ratio_rate5m > 0.8").length, 2);
  });

  test("a move to another platform says that data does not move", async () => {
    const { stack } = await renderedWith("dev", {});
    assert.equal(
      words(comment(stack, base, options)),
      "### Preview\n\n**The platform changes from Docker to Kubernetes: everything on Docker is removed, and data is not moved.**",
    );
  });
});

test("which files replace their reader on Docker is what the program says", async () => {
  const everything = {
    platform: "docker",
    demo: { enabled: true },
    metrics: { replicas: 1 },
    alerting: { replicas: 1 },
    visualization: { ingress: { enabled: false } },
    logs: { collector: "promtail", objectStorage: { endpoint: "s3.example", bucket: "logs" } },
  };
  const [docker, large] = [await renderedWith("dev", {}), await renderedWith("prod", everything)];
  const wrong = [docker, large].flatMap(({ stack, files }) => {
    const services = mapIn(stack.get("compose.yaml"))["services"] as Record<string, Yaml>;
    return files.flatMap(({ path, reader }) => {
      if (reader === undefined) return [];
      const replaces = replacesReader(path, mountedFolders(services[reader.service] ?? {}));
      return replaces === (reader.reload === "restart") ? [] : [`${path} ${reader.reload}`];
    });
  });
  assert.deepEqual(wrong, []);
});

test("content of secret files is never shown, not even when the folders hold real secrets", () => {
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
