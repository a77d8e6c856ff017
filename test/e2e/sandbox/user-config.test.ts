import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { tryRun } from "../../../scripts/lib/run-command.ts";
import { readJson } from "../running-stack.ts";
import { apply, configFile, fast, root, secretsFile, stack } from "./sandbox.ts";
import { leaks, secretFiles } from "./secret-places.ts";
import { canary } from "./user-config.ts";
import { testExtensions, UserStack } from "./user-stack.ts";

/*
 * A stack file that uses every kind of extension at once. Does not cover Grafana's secrets, because the sandbox has no Grafana.
 */

const kept = existsSync(secretsFile) ? readFileSync(secretsFile) : undefined;
const user = new UserStack(stack, (values, secrets) => {
  writeFileSync(secretsFile, JSON.stringify({ ...readJson(secretsFile), ...secrets }), { mode: 0o600 });
  return apply(values, Object.keys(secrets));
});

before(async () => {
  await apply(fast);
  await user.start();
});

after(async () => {
  writeFileSync(secretsFile, kept ?? "{}", { mode: 0o600 });
  await apply(fast);
  await user.outside.stop();
});

test("check-rules accepts the rules and runs their test", async () => {
  const words = ["scripts/check-rules.ts", user.rules, "--stack", "sandbox", "--config-file", configFile];
  const { code, output } = await tryRun(process.execPath, words, { cwd: root });
  assert.equal(code, 0, output);
  assert.match(output, /^1 alert, no problems\n/);
  assert.match(output, /SUCCESS/);
});

testExtensions(user);

test("a second deployment changes nothing", async () => {
  const identities = await stack.identities();
  const output = await user.deploy({}, {});
  assert.doesNotMatch(output, /Reloading|Restarting/);
  assert.deepEqual(await stack.identities(), identities);
});

test("another team and log file are added without a restart", async () => {
  const identities = await stack.identities();
  const output = await user.addTeamAndLogFile();
  for (const program of ["alertmanager", "promtail"]) assert.match(output, new RegExp(`Reloading ${program}`));
  assert.deepEqual(await stack.identities(), identities);
});

test("every secret is rotated without a restart", async () => {
  const identities = await stack.identities();
  await user.rotateSecrets();
  assert.deepEqual(await stack.identities(), identities);
});

test("the gateway switches to the user's certificate, and to a renewed one with its key, without a restart", async () => {
  const identities = await stack.identities();
  await user.changeGatewayCertificate();
  assert.deepEqual(await stack.identities(), identities);
});

test("secrets are only in their files", async () => {
  const texts = user.secretTexts;
  assert.deepEqual(secretFiles(texts), {
    alertmanager: [
      ...["heartbeatUrl", "msteamsUrl-studio", "pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutyKey-mobile"],
      ...["pagerdutySecurityKey", "webhookUrl-mobile", "webhookUrl-release", "webhookUrl-studio"],
    ],
    prometheus: [
      ...["applicationPassword-billing", "applicationTlsKey-billing", "applicationToken-licensing"],
      "remoteWritePassword-archive",
    ],
    promtail: ["logsRemotePassword-central"],
    // It has only hashes of the users' passwords.
    "sign-in-gateway": ["<certificate>.key"],
  });
  assert.deepEqual(await leaks(stack, texts, await user.shownConfigs()), []);
  // Last, because Loki logs the text of queries.
  assert.deepEqual(await user.gateway.loki(`{service=~".+"} |= "${canary}"`), []);
});
