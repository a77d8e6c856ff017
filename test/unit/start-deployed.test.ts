import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { deployedSettings } from "../../scripts/start/deployed-settings.ts";
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

test("a stack deployed by start.sh uses its own config file and command", () => {
  writeState("dev", [{}]);
  assert.deepEqual(deployedStack("dev", checkout), own());
});

test("the same applies if start.sh set the backend for its child processes", () => {
  writeState("dev", [{}]);
  process.env.PULUMI_BACKEND_URL = `file://${join(checkout, ".pulumi-local", "state")}`;
  assert.deepEqual(deployedStack("dev", checkout), own());
});

test("the user's backend takes precedence over local state", () => {
  writeState("dev", [{}]);
  process.env.PULUMI_BACKEND_URL = "s3://states";
  assert.deepEqual(deployedStack("dev", checkout), plain());
});

test("a stack that start.sh did not deploy, or has destroyed, uses the user's backend", () => {
  assert.deepEqual(deployedStack("dev", checkout), plain());
  writeState("other", [{}]);
  assert.deepEqual(deployedStack("dev", checkout), plain());
  writeState("dev", []);
  assert.deepEqual(deployedStack("dev", checkout), plain());
});

test("the problems of a deployed config name the command of its stack", () => {
  const refused = (command: string) => `Pulumi.dev.yaml has 1 problem; nothing was changed.

  smtpPassword: is stored in clear text; remove it and run \`${command} config set --secret smtpPassword --stack dev\`
`;
  const text =
    "config:\n  white-room-monitoring:platform: docker\n  white-room-monitoring:environment: dev\n  white-room-monitoring:alerting: { enabled: false }\n  white-room-monitoring:smtpPassword: hunter2\n";
  writeFileSync(join(checkout, "Pulumi.dev.yaml"), text);
  assert.throws(() => deployedSettings("dev", undefined, checkout), { message: refused("pulumi") });
  writeState("dev", [{}]);
  writeFileSync(own().configFile, text);
  assert.throws(() => deployedSettings("dev", undefined, checkout), { message: refused(".pulumi-local/pulumi") });
  const other = join(checkout, "other.yaml");
  assert.throws(() => deployedSettings("dev", other, checkout), {
    message: `${other} does not exist; name a stack that has one with --stack`,
  });
});
