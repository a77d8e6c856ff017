import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { loadConfig } from "../../config/settings/load.ts";
import { project } from "../../config/settings/stack-file.ts";

const canary = "canary-7f3a";

/** Errors that the program reports for secrets of stack dev, before it registers anything. */
async function refusal(secrets: Readonly<Record<string, string>>): Promise<string> {
  const registered: string[] = [];
  const newResource = ({ name }: pulumi.runtime.MockResourceArgs) => {
    registered.push(name);
    return { id: name, state: {} };
  };
  await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, project, "dev", true);
  const plain = { platform: "docker", environment: "dev", demo: JSON.stringify({ enabled: true }) };
  pulumi.runtime.setAllConfig(
    Object.fromEntries(Object.entries({ ...plain, ...secrets }).map(([key, value]) => [`${project}:${key}`, value])),
    Object.keys(secrets).map((key) => `${project}:${key}`),
  );
  try {
    loadConfig();
    return "";
  } catch (error) {
    assert.ok(error instanceof pulumi.RunError, String(error));
    assert.deepEqual(registered, []);
    return error.message;
  }
}

test("all invalid secrets are rejected together, without revealing their values", async () => {
  const message = await refusal({
    grafanaAdminPassword: "",
    pagerdutyCriticalKey: "  ",
    pagerdutyHighKey: `${canary}\n`,
    pagerdutySecurityKey: `${canary} `,
    smtpPassword: `\t${canary}`,
    "postgresPassword-primary": `${canary}\r\n${canary}`,
    "postgresPassword-replica": `${canary} ${canary}`,
    heartbeatUrl: canary,
    slackWebhookUrl: `ftp://${canary}.example/`,
  });
  const again = (key: string) => `run \`pulumi config set --secret ${key} --stack dev\``;
  assert.equal(
    message,
    `Pulumi.dev.yaml has 9 problems; nothing was changed.

  grafanaAdminPassword: is empty; ${again("grafanaAdminPassword")}
  pagerdutyCriticalKey: is empty; ${again("pagerdutyCriticalKey")}
  pagerdutyHighKey: has a line break; ${again("pagerdutyHighKey")}
  pagerdutySecurityKey: starts or ends with whitespace; ${again("pagerdutySecurityKey")}
  smtpPassword: starts or ends with whitespace; ${again("smtpPassword")}
  postgresPassword-primary: has a line break; ${again("postgresPassword-primary")}
  postgresPassword-replica: contains a space, with which postgres_exporter may fail and log the password; ${again("postgresPassword-replica")}
  heartbeatUrl: is not an http:// or https:// URL; ${again("heartbeatUrl")}
  slackWebhookUrl: is not an http:// or https:// URL; ${again("slackWebhookUrl")}
`,
  );
});

test("valid secrets are accepted", async () => {
  const secrets = {
    grafanaAdminPassword: "two words",
    pagerdutyHighKey: "0123",
    heartbeatUrl: "https://heartbeat.example/ping/1",
    slackWebhookUrl: "https://hooks.slack.example/services/T/B/x",
  };
  assert.equal(await refusal(secrets), "");
});
