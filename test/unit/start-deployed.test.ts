import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { deployedStack } from "../../scripts/start/stack-project.ts";

let checkout: string;
const backend = process.env.PULUMI_BACKEND_URL;

beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), "white-room-deployed-"));
  delete process.env.PULUMI_BACKEND_URL;
});

afterEach(() => {
  rmSync(checkout, { recursive: true });
  if (backend === undefined) delete process.env.PULUMI_BACKEND_URL;
  else process.env.PULUMI_BACKEND_URL = backend;
});

function writeState(stack: string, resources: readonly object[]): void {
  const folder = join(checkout, ".pulumi-local", "state", ".pulumi", "stacks", "white-room-monitoring");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${stack}.json`), JSON.stringify({ checkpoint: { latest: { resources } } }));
}

const plain = () => ({ configFile: join(checkout, "Pulumi.dev.yaml"), pulumi: "pulumi", command: "pulumi" });
const own = () => ({
  configFile: join(checkout, ".pulumi-local", "Pulumi.dev.yaml"),
  pulumi: join(checkout, ".pulumi-local", "pulumi"),
  command: ".pulumi-local/pulumi",
});

test("a stack that start.sh brought up is asked as it was deployed: its own config file, its own command", () => {
  writeState("dev", [{}]);
  assert.deepEqual(deployedStack("dev", checkout), own());
});

test("so it is where start.sh itself set the backend for what it starts", () => {
  writeState("dev", [{}]);
  process.env.PULUMI_BACKEND_URL = `file://${join(checkout, ".pulumi-local", "state")}`;
  assert.deepEqual(deployedStack("dev", checkout), own());
});

test("a backend of the user's own wins over a local state", () => {
  writeState("dev", [{}]);
  process.env.PULUMI_BACKEND_URL = "s3://states";
  assert.deepEqual(deployedStack("dev", checkout), plain());
});

test("what start.sh never brought up, or took down again, is the user's own", () => {
  assert.deepEqual(deployedStack("dev", checkout), plain());
  writeState("other", [{}]);
  assert.deepEqual(deployedStack("dev", checkout), plain());
  writeState("dev", []);
  assert.deepEqual(deployedStack("dev", checkout), plain());
});
