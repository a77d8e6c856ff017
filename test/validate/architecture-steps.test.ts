import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { dump, load } from "js-yaml";
import { needs } from "../binaries.ts";
import { page, root } from "../docs/pages.ts";
import { applyDiff } from "../docs/samples.ts";

const guide = "docs/ARCHITECTURE.md";
const copy = mkdtempSync(join(tmpdir(), "white-room-architecture-"));

function inCopy(program: string, ...words: string[]): string {
  // With this variable set, a nested test runner runs no tests and succeeds.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  return execFileSync(program, words, {
    cwd: copy,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 300_000,
  });
}

/** Renders a stack of the copy with additional config. Returns a function that reads a rendered file. */
function renderedCopy(config: Record<string, unknown>, stack = "dev"): (path: string) => string {
  const own = load(readFileSync(join(copy, `Pulumi.${stack}.yaml`), "utf8")) as { config: Record<string, unknown> };
  const keys = Object.entries(config).map(([key, value]) => [`white-room-monitoring:${key}`, value]);
  writeFileSync(join(copy, "steps.yaml"), dump({ config: { ...own.config, ...Object.fromEntries(keys) } }));
  inCopy(process.execPath, "scripts/render.ts", stack, "rendered", "--config-file", "steps.yaml");
  return (path) => readFileSync(join(copy, "rendered", path), "utf8");
}

before(() => {
  const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: root });
  for (const file of files.toString().split("\0").filter(Boolean)) {
    cpSync(join(root, file), join(copy, file), { recursive: true });
  }
  // npm installs some packages of the workspaces below them.
  for (const folder of globSync("{,*/}node_modules", { cwd: root }))
    symlinkSync(join(root, folder), join(copy, folder));
  const diffs = page(guide, readFileSync(join(root, guide), "utf8")).blocks.filter(
    ({ language }) => language === "diff",
  );
  assert.ok(diffs.length > 0);
  for (const { text, line } of diffs) assert.deepEqual(applyDiff(text, copy), [], `${guide}:${line}`);
  inCopy(process.execPath, "scripts/docs.ts");
});
after(() => rmSync(copy, { recursive: true }));

test("the changes of the guide pass tsc", () => {
  inCopy(process.execPath, "node_modules/typescript/bin/tsc");
});

function jobsIn(prometheus: string): { job_name: string; honor_labels?: boolean }[] {
  return (load(prometheus) as { scrape_configs: { job_name: string; honor_labels?: boolean }[] }).scrape_configs;
}

test("the new program runs, is scraped and reserves its port", () => {
  const file = renderedCopy({ exporters: { pushgateway: { enabled: true } } });
  const { services } = load(file("compose.yaml")) as { services: Record<string, { ports: string[]; user: string }> };
  assert.deepEqual(services["pushgateway"]?.ports, ["127.0.0.1:9091:9091"]);
  const jobs = jobsIn(file("prometheus/prometheus.yml"));
  assert.equal(jobs.find(({ job_name }) => job_name === "pushgateway")?.honor_labels, true);
  assert.throws(
    () => renderedCopy({ exporters: { pushgateway: { enabled: true, port: 9090 } } }),
    /9090 is already used by/,
  );
});

test("the new program runs and is scraped on Kubernetes", () => {
  const file = renderedCopy({ exporters: { pushgateway: { enabled: true } } }, "prod");
  assert.match(file("kubernetes/pushgateway.yaml"), /^kind: Deployment$/m);
  assert.match(file("kubernetes/pushgateway.yaml"), /^kind: NetworkPolicy$/m);
  const jobs = jobsIn(file("prometheus/prometheus.yml"));
  assert.deepEqual(
    jobs.filter(({ job_name }) => job_name.startsWith("pushgateway")).map(({ honor_labels }) => honor_labels),
    [true],
  );
});

test("the new alert and the new dashboard exist and are in the reference pages", () => {
  const file = renderedCopy({});
  assert.match(file("prometheus/rules/database.yml"), /alert: RedisSaveFailed/);
  assert.equal(JSON.parse(file("grafana/dashboards/white-room-cache.json")).title, "Cache");
  assert.match(readFileSync(join(copy, "docs/CONFIGURATION.md"), "utf8"), /\[RedisSaveFailed\]/);
});

test("the project's own tests pass with them", needs("promtool"), () => {
  const plain = [
    "rules/coverage",
    "rules/lint",
    "rules/metrics",
    "rules/runbooks",
    "unit/dashboards",
    "unit/dashboard-files",
    "unit/config",
    "docs/generated",
  ];
  const passed = /^ℹ fail 0$/m;
  assert.match(
    inCopy(process.execPath, "--test", "--test-reporter=spec", ...plain.map((name) => `test/${name}.test.ts`)),
    passed,
  );
  // Of the promtool cases, only those of the subject with the new alert.
  const checked = ["--test-name-pattern=databases", "test/rules/promtool.test.ts"];
  assert.match(
    inCopy(process.execPath, "--test", "--test-reporter=spec", ...checked),
    /✔ \w+: databases-15s\.test\.yml/,
  );
});

test("the new platform receives every workload", () => {
  const program = `
    const { registerResources } = await import("./scripts/render/register.ts");
    const values = { platform: "listing", environment: "dev", demo: { enabled: false },
      alerting: { email: { enabled: false }, pagerduty: { enabled: false }, slack: { enabled: false }, heartbeat: { enabled: false } } };
    const all = await registerResources({ stack: "dev", values, secrets: new Set() }, (key) => key);
    console.log(all.filter(({ type }) => type.endsWith(":ListedWorkload")).map(({ name }) => name).join(" "));
  `;
  const names = inCopy(process.execPath, "--input-type=module", "--eval", program).trim().split(" ");
  assert.deepEqual(names, ["alertmanager", "alloy", "grafana", "loki", "node-exporter", "prometheus", "web-gateway"]);
});
