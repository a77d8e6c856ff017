import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import type { MockMonitor } from "@pulumi/pulumi/runtime/mocks.js";
import { objectsOf, production } from "./kubernetes-objects.ts";
import { registered, stackConfig } from "./stack.ts";

function folder(context: TestContext, files: Readonly<Record<string, string>>): string {
  const dir = mkdtempSync(join(tmpdir(), "extra-dashboards-"));
  context.after(() => rmSync(dir, { recursive: true }));
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content);
  return dir;
}

test("problems of dashboards are reported together with those of the config, before the first resource", async (context) => {
  const dir = folder(context, {
    "broken.json": "{",
    "clash.json": '{"uid": "white-room-logs", "title": "Logs"}',
    "fine.json": '{"uid": "fine", "title": "Fine"}',
  });
  const config = stackConfig("dev", { visualization: { extraDashboards: dir, port: 0 } });
  await assert.rejects(registered(config), (error: Error) => {
    const lines = error.message.split("\n");
    assert.equal(lines[0], "Pulumi.dev.yaml has 3 problems; nothing was changed.");
    assert.match(lines[2] ?? "", /^ {2}visualization\.port: /);
    assert.ok(
      lines[3]?.startsWith(`  visualization.extraDashboards: ${dir}/broken.json is not valid JSON (`),
      lines[3],
    );
    assert.equal(
      lines[4],
      `  visualization.extraDashboards: ${dir}/clash.json has the uid "white-room-logs", which is already used by a built-in dashboard; use another one`,
    );
    return true;
  });
  assert.equal((pulumi.runtime.getMonitor() as unknown as MockMonitor).getRegisteredResources().size, 0);
});

test("valid user dashboards are provisioned in addition to the built-in ones", async (context) => {
  const dir = folder(context, { "mine.json": '{"uid": "mine", "title": "Mine"}' });
  const resources = await registered(stackConfig("dev", { visualization: { extraDashboards: dir } }));
  const carrier = resources.find(({ name, type }) => name === "grafana-dashboards" && type.includes("Container"));
  const files = ((carrier?.inputs["uploads"] ?? []) as { file: string }[]).map(({ file }) => file.split("/").at(-1));
  assert.ok(files.includes("mine.json") && files.includes("white-room-home.json"), files.join());
});

test("any valid uid gives the ConfigMap on Kubernetes a valid annotation", async (context) => {
  const uid = `-${"x".repeat(38)}_`;
  const dir = folder(context, { "mine.json": JSON.stringify({ uid, title: "Mine" }) });
  const visualization = { ...(production().values["visualization"] as object), extraDashboards: dir };
  const objects = objectsOf(await registered(production({ visualization })));
  const dashboards = objects.find(
    ({ kind, metadata }) => kind === "ConfigMap" && metadata.name === "grafana-dashboards",
  );
  const names = Object.keys(dashboards?.metadata.annotations ?? {});
  assert.ok(
    names.some((name) => name.includes(uid)),
    names.join(),
  );
  // https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/#syntax-and-character-set
  for (const name of names) assert.match(name, /^[\w-]+(?:\.[\w-]+)*\/(?=.{1,63}$)[A-Za-z0-9](?:[\w.-]*[A-Za-z0-9])?$/);
});
