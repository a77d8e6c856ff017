import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import { load } from "js-yaml";
import { stackSchema } from "../../scripts/docs/stack-schema.ts";
import { root } from "./pages.ts";

// "bounds" is our own annotation.
const validate = new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(
  JSON.parse(stackSchema()),
);

/** Paths of what the schema refuses in this config. */
function refused(config: Record<string, unknown>): string[] {
  const named = Object.entries(config).map(([key, value]) => [
    key.includes(":") ? key : `white-room-monitoring:${key}`,
    value,
  ]);
  validate({ config: Object.fromEntries(named) });
  return (validate.errors ?? []).map(({ instancePath, keyword }) => `${instancePath} ${keyword}`);
}

const whole = { platform: "docker", environment: "dev" };

for (const stack of ["dev", "prod", "sandbox"]) {
  test(`Pulumi.${stack}.yaml names the schema and matches it`, () => {
    const text = readFileSync(join(root, `Pulumi.${stack}.yaml`), "utf8");
    assert.match(text, /^# yaml-language-server: \$schema=docs\/stack-schema\.json\n/);
    assert.deepEqual([validate(load(text)), validate.errors], [true, null]);
  });
}

test("unknown keys and values of the wrong type are rejected with their position", () => {
  assert.deepEqual(refused({ ...whole, metrics: { retention: "15d" } }), [
    "/config/white-room-monitoring:metrics additionalProperties",
  ]);
  assert.deepEqual(refused({ ...whole, platform: "podman" }), ["/config/white-room-monitoring:platform enum"]);
  assert.ok(refused({ ...whole, metric: {} }).some((problem) => problem.startsWith("/config propertyNames")));
});

test("secrets, also those of exporter targets, and other projects' keys are accepted", () => {
  const secret = { secure: "v1:abc" };
  assert.deepEqual(refused({ ...whole, slackBotToken: secret, "postgresPassword-main": secret }), []);
  assert.deepEqual(refused({ ...whole, "kubernetes:context": "prod" }), []);
  assert.ok(
    refused({ ...whole, slackBotToken: "xoxb-plain" }).includes("/config/white-room-monitoring:slackBotToken type"),
  );
});
