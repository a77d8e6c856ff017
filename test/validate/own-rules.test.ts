import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { allLogRules, allRules } from "../../config/alerts/rule-files.ts";
import { tryRun } from "../../scripts/lib/run-command.ts";
import { needs } from "../binaries.ts";
import { objectsOf, production } from "../components/kubernetes-objects.ts";
import { registered, stackConfig } from "../components/stack.ts";
import { runAmong } from "../rules/run-among.ts";
import { alertingSettings } from "../unit/alertmanager-settings.ts";

const root = join(import.meta.dirname, "../..");
const example = join(root, "docs/examples/rules");
const settings = alertingSettings({ extraRules: "docs/examples/rules" });
const isOwn = ({ path }: { readonly path: string }) => path.includes("/own-");

test("promtool accepts the rendered example", needs("promtool"), async () => {
  const files = allRules(settings).filter(isOwn);
  assert.deepEqual(
    files.map(({ path }) => path),
    ["rules/own-checkout.yml"],
  );
  const report = await runAmong(
    files,
    "promtool",
    "check",
    "rules",
    "--lint=all",
    "--lint-fatal",
    files[0]?.path ?? "",
  );
  assert.match(report, /SUCCESS: 2 rules found/);
});

test("lokitool accepts the rendered example", needs("lokitool"), async () => {
  const files = allLogRules(settings).filter(isOwn);
  const report = await runAmong(files, "lokitool", "rules", "lint", "--dry-run", "rules/fake/own-payments.yml");
  assert.match(report, /SUCCESS: 1 rules found/);
});

function copyOf(context: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), "white-room-own-rules-"));
  context.after(() => rmSync(dir, { recursive: true }));
  cpSync(example, dir, { recursive: true });
  return dir;
}

function checkRules(...args: string[]) {
  return tryRun(process.execPath, ["scripts/check-rules.ts", ...args, "--config-file", "Pulumi.dev.yaml"], {
    cwd: root,
  });
}

test("check-rules runs the example's test with the stack's recording rules", needs("promtool"), async () => {
  const { code, output } = await checkRules("docs/examples/rules");
  assert.equal(code, 0, output);
  assert.match(output, /^2 alerts, no problems\n/);
  assert.match(output, /SUCCESS/);
});

test("check-rules fails with a failed test, a problem, and a wrong argument", needs("promtool"), async (context) => {
  const dir = copyOf(context);
  const change = (file: string, from: string, to: string) => {
    const text = readFileSync(join(dir, file), "utf8");
    assert.ok(text.includes(from));
    writeFileSync(join(dir, file), text.replace(from, to));
  };
  // A YAML reader would turn the series into the number 16. Without rule_files, the test reads the whole folder.
  change("checkout.test.yml", "0+150x40 6000x80", "0x10");
  change("checkout.test.yml", "rule_files: [checkout.yml]\n", "");
  const failed = await checkRules(dir);
  assert.equal(failed.code, 1, failed.output);
  assert.match(failed.output, /FAILED:/);
  assert.match(failed.output, /alertname: CheckoutTrafficStopped/);
  change("checkout.yml", "team: product", "team: checkout");
  const refused = await checkRules(dir);
  assert.equal(refused.code, 1);
  assert.equal(
    refused.output.trim(),
    `problem: ${dir}/checkout.yml:12:17 team "checkout" is not known; use platform, audio, product, security or database, or add it to alerting.teams`,
  );
  assert.equal((await checkRules()).code, 2);
});

test("check-rules reports templates that Prometheus would reject", needs("promtool"), async (context) => {
  const dir = copyOf(context);
  const text = readFileSync(join(dir, "checkout.yml"), "utf8");
  writeFileSync(
    join(dir, "checkout.yml"),
    text.replace("{{ $labels.service }} gets almost", "{{ $lables.service }} gets almost"),
  );
  const { code, output } = await checkRules(dir);
  assert.equal(code, 1, output);
  assert.match(output, /annotation "summary": .*undefined variable "\$lables"/);
});

test("on Docker, own rules pass the gates of Prometheus and Loki's rules are hot-reloaded", async () => {
  const alerting = { ...(stackConfig("dev").values["alerting"] as object), extraRules: "docs/examples/rules" };
  const resources = await registered(stackConfig("dev", { alerting }));
  const carried = resources.flatMap(({ name, inputs }) =>
    ((inputs["uploads"] ?? []) as { file: string }[])
      .filter(({ file }) => file.includes("own-"))
      .map(({ file }) => [name.replace(/^observability-/, ""), file.slice(file.indexOf("own-"))]),
  );
  assert.deepEqual(carried, [
    ["loki-rules", "own-payments.yml"],
    ["prometheus-config", "own-checkout.yml"],
  ]);
});

test("on Kubernetes, they are in the same ConfigMaps as the built-in rules", async () => {
  const alerting = { ...(production().values["alerting"] as object), extraRules: "docs/examples/rules" };
  const objects = objectsOf(await registered(production({ alerting })));
  const holders = objects.flatMap(({ kind, metadata, data = {} }) =>
    kind === "ConfigMap" && Object.keys(data).some((key) => key.includes("own-")) ? [metadata.name] : [],
  );
  assert.deepEqual([...new Set(holders.map((name) => name.replace(/-[0-9a-f]{8,}$/, "")))].sort(), [
    "loki-rules",
    "prometheus-config",
    "prometheus-config-check",
  ]);
});

test("problems are reported with those of the config, before the first resource", async (context) => {
  const dir = copyOf(context);
  writeFileSync(join(dir, "broken.yml"), "groups: [");
  const config = stackConfig("dev", { alerting: { extraRules: dir, port: 0 } });
  await assert.rejects(registered(config), (error: Error) => {
    assert.match(error.message, /^Pulumi\.dev\.yaml has 2 problems; nothing was changed\.\n\n {2}alerting\.port: /);
    assert.ok(error.message.includes(`  alerting.extraRules: ${dir}/broken.yml:1:10 is not valid YAML: `));
    return true;
  });
  assert.equal((pulumi.runtime.getMonitor() as unknown as MockMonitor).getRegisteredResources().size, 0);
});
