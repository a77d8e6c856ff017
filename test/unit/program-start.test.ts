import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { load } from "js-yaml";

const root = join(import.meta.dirname, "../..");

const { runtime } = load(readFileSync(join(root, "Pulumi.yaml"), "utf8")) as {
  runtime: { options: { nodeargs: string } };
};

/** Node with the arguments that Pulumi gives it, as if it were of a version. */
function start(context: TestContext, version: string) {
  const folder = mkdtempSync(join(tmpdir(), "white-room-start-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const disguise = join(folder, "disguise.cjs");
  writeFileSync(disguise, `Object.defineProperty(process, "versions", { value: { node: "${version}" } });`);
  const words = ["--require", disguise, ...runtime.options.nodeargs.split(" "), "--eval", "console.log(1)"];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: root, encoding: "utf8" });
  return { status, stdout, stderr };
}

test("a Node that is too old is told so before Pulumi runs", (context) => {
  const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { engines: { node: string } };
  assert.equal(engines.node, ">=22.18");
  for (const version of ["22.18.0", "24.0.0"]) {
    assert.deepEqual(start(context, version), { status: 0, stdout: "1\n", stderr: "" });
  }
  for (const version of ["20.20.2", "22.17.9"]) {
    const { status, stdout, stderr } = start(context, version);
    assert.deepEqual({ status, stdout }, { status: 1, stdout: "" });
    assert.match(stderr, new RegExp(`^Node 22\\.18 or newer is needed, and this is ${version}: `));
  }
});

test("no part is loaded before the platform is registered", () => {
  const source = readFileSync(join(root, "components/observability-stack.ts"), "utf8");
  const imported = [...source.matchAll(/^import (?!type )[^;]* from "\.\/([^"]+)";$/gm)].map(([, file]) => file);
  assert.deepEqual(imported, ["secrets.ts"]);
});
