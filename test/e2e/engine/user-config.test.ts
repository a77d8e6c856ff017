import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { run } from "../../../scripts/lib/run-command.ts";
import { RunningStack } from "../running-stack.ts";
import { leaks } from "../sandbox/secret-places.ts";
import { canary } from "../sandbox/user-config.ts";
import { testExtensions, UserStack } from "../sandbox/user-stack.ts";
import { EngineStack, replaced } from "./engine.ts";
import { markedLines } from "./marked-lines.ts";

/*
 * The sandbox's stack file with every kind of extension, deployed by the real engine. Also covers its state, previews and
 * updates.
 */

const engine = new EngineStack("sandbox", "user");
const stack = new RunningStack(engine.name);
const user = new UserStack(stack, async (values, _, changed) => {
  engine.change(values);
  for (const [key, value] of Object.entries(changed)) engine.setSecret(key, value);
  return succeeds("up", "--yes", "--skip-preview");
});

before(async () => {
  await engine.create({});
  await user.start();
});

after(async () => {
  await engine.operation(["destroy", "--yes", "--skip-preview"]);
  await user.outside.stop();
});

async function succeeds(...words: string[]): Promise<string> {
  const { code, output } = await engine.operation(words);
  assert.equal(code, 0, output);
  return output;
}

testExtensions(user);

for (const words of [
  ["preview", "--expect-no-changes"],
  ["refresh", "--preview-only", "--expect-no-changes"],
  ["up", "--yes", "--expect-no-changes"],
]) {
  test(`no changes: ${words.join(" ")}`, async () => {
    const identities = await stack.identities();
    await succeeds(...words);
    assert.deepEqual(await stack.identities(), identities);
  });
}

test("another team and log file replace only the files that have them", async () => {
  const identities = await stack.identities();
  const output = await user.addTeamAndLogFile();
  assert.deepEqual(replaced(output), [
    "alertmanager-config",
    "alertmanager-secrets",
    "collector-config",
    "prometheus-config",
  ]);
  assert.deepEqual(await stack.identities(), identities);
});

test("the preview of a rotated secret masks it, and its hash", async () => {
  const secrets = [
    "gatewayPassword-alice",
    "webhookUrl-mobile",
    "applicationToken-licensing",
    "remoteWritePassword-archive",
  ];
  for (const key of secrets) engine.setSecret(key, `${user.secrets[key]}-previewed`);
  const preview = await succeeds("preview", "--diff");
  assert.ok(!preview.includes(canary), "the preview shows a secret");
  assert.doesNotMatch(preview, /\$2[aby]\$/, "the preview shows the hash of a password");
  assert.deepEqual(
    markedLines(preview)
      .filter((line) => line.startsWith("+-"))
      .map((line) => line.split(" ").at(-1))
      .sort(),
    ["alertmanager-secrets", "prometheus-secrets", "sign-in-gateway-secrets"],
  );
  for (const key of secrets) engine.setSecret(key, user.secrets[key] ?? "");
  await succeeds("preview", "--expect-no-changes");
});

test("every secret is rotated without a restart", async () => {
  const identities = await stack.identities();
  const output = await user.rotateSecrets();
  assert.ok(!output.includes(canary), "the update shows a secret");
  assert.deepEqual(replaced(output), [
    "alertmanager-secrets",
    "collector-secrets",
    // The client certificate.
    "prometheus-config",
    "prometheus-secrets",
    "sign-in-gateway-secrets",
  ]);
  assert.deepEqual(await stack.identities(), identities);
});

test("the gateway switches to the user's certificate, and to a renewed one with its key, without a restart", async () => {
  const identities = await stack.identities();
  for (const output of await user.changeGatewayCertificate())
    assert.deepEqual(replaced(output), ["sign-in-gateway-config", "sign-in-gateway-secrets"]);
  assert.deepEqual(await stack.identities(), identities);
});

test("the state, configs, container descriptions and logs contain no secret", async () => {
  const places = [["state", await engine.export()] as const, ...(await user.shownConfigs())];
  assert.deepEqual(await leaks(stack, user.secretTexts, places), []);
  // Last, because Loki logs the text of queries.
  assert.deepEqual(await user.gateway.loki(`{service=~".+"} |= "${canary}"`), []);
});

test("destroy removes everything except the protected data volumes", async () => {
  await succeeds("destroy", "--yes", "--skip-preview");
  const filter = ["--filter", `name=^${stack.container("")}`];
  assert.equal(await run("docker", ["ps", "--all", "--quiet", ...filter]), "");
  assert.equal(await run("docker", ["network", "ls", "--quiet", "--filter", `name=^white-room-${engine.name}$`]), "");
  const volumes = (await run("docker", ["volume", "ls", "--format", "{{.Name}}", ...filter]))
    .split("\n")
    .filter(Boolean)
    .sort();
  const kept = ["alertmanager", "loki", "prometheus", "sign-in-gateway"].map((name) => `${name}-data`);
  assert.deepEqual(volumes, [...kept, "promtail-positions"].map((name) => stack.container(name)).sort());
  await run("docker", ["volume", "rm", ...volumes]);
});
