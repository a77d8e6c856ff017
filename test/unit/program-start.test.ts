import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { load } from "js-yaml";
import { readStackFile } from "../../config/settings/stack-file.ts";

const root = join(import.meta.dirname, "../..");

const { runtime } = load(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
  runtime: { options: { nodeargs: string } };
};

const neededNode = "22.18 or newer, except 23.0 to 23.5";
const accepted = ["22.18.0", "22.30.1", "23.6.0", "24.0.0"];
const refused = ["18.20.8", "20.20.2", "22.17.9", "23.0.0", "23.5.9"];

/** A folder with a module that makes Node report this version. */
function disguise(context: TestContext, version: string) {
  const folder = mkdtempSync(join(tmpdir(), "white-room-start-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const module = join(folder, "disguise.cjs");
  writeFileSync(module, `Object.defineProperty(process, "versions", { value: { node: "${version}" } });`);
  return { folder, module };
}

test("Pulumi's Node and the scripts accept the same versions", (context) => {
  for (const version of [...accepted, ...refused]) {
    const fits = accepted.includes(version);
    const { folder, module } = disguise(context, version);
    const words = ["--require", module, ...runtime.options.nodeargs.split(" "), "--eval", "console.log(1)"];
    const pulumi = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
    assert.deepEqual([pulumi.status, pulumi.stdout], fits ? [0, "1\n"] : [1, ""], `preload.mjs, ${version}`);
    if (!fits) {
      assert.ok(pulumi.stderr.startsWith(`Node ${neededNode}, is required; found ${version}. Run \``), pulumi.stderr);
    }
    const node = join(folder, "node");
    writeFileSync(node, `#!/bin/sh\nexec '${process.execPath}' --require '${module}' "$@"\n`, { mode: 0o755 });
    const script = `. scripts/start/node.sh; node_fits '${node}'`;
    const { status } = spawnSync("bash", ["-c", script], { cwd: root, stdio: "ignore" });
    assert.equal(status, fits ? 0 : 1, `node.sh, ${version}`);
  }
});

test("package.json and the scripts' messages name those versions", () => {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } };
  assert.equal(engines.node, "^22.18.0 || >=23.6.0");
  const words = ["-c", ". scripts/start/node.sh; needed_node"];
  const { stdout } = spawnSync("bash", words, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  assert.equal(stdout, `${neededNode}\n`);
});

/** Runs index.ts without an engine; returns the modules that it loads from components/ for stack dev, in order. */
function steps(changed: Readonly<Record<string, unknown>> = {}): string[] {
  const { values } = readStackFile("dev", join(root, "Pulumi.dev.yaml"));
  const config = Object.entries({ ...values, ...changed }).map(([key, value]) => [
    `white-room-monitoring:${key}`,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  const program = `
    import { registerHooks } from "node:module";
    import * as pulumi from "@pulumi/pulumi";
    const steps = [];
    registerHooks({
      load(url, context, next) {
        const [, file] = /\\/components\\/(?:platform\\/)?([\\w-]+)\\.ts$/.exec(url) ?? [];
        if (file) steps.push("loads " + file);
        return next(url, context);
      },
    });
    const mocks = {
      newResource({ name, inputs }) {
        return { id: name, state: { ...inputs, result: "generated" } };
      },
      call() { throw new Error("the program calls the engine"); },
    };
    await pulumi.runtime.setMocks(mocks, "white-room-monitoring", "dev", false);
    pulumi.runtime.setAllConfig(${JSON.stringify(Object.fromEntries(config))}, []);
    await import("./index.ts");
    process.stdout.write(JSON.stringify(steps));`;
  const words = ["--input-type=module", "--eval", program];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as string[];
}

test("the demo and the other platform are loaded only if configured", () => {
  const loaded = steps().filter((step) => /^loads (demo|docker|kubernetes)$/.test(step));
  assert.deepEqual(loaded, ["loads docker", "loads demo"]);
  assert.ok(!steps({ demo: { enabled: false }, alerting: { enabled: false } }).includes("loads demo"));
});
