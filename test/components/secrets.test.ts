import assert from "node:assert/strict";
import { test } from "node:test";
import { canary, registered, stackConfig } from "./stack.ts";

type Upload = { file: string; content: string };

/** Contents of Alertmanager's secret files. */
async function alertmanagerSecrets(
  values: Record<string, unknown>,
  secrets: readonly string[],
): Promise<Map<string, string>> {
  const resources = await registered(stackConfig("sandbox", values, secrets));
  const carrier = resources.find(({ name, type }) => name === "alertmanager-secrets" && type.includes("Container"));
  return new Map(
    ((carrier?.inputs["uploads"] ?? []) as Upload[]).map(({ file, content }) => [
      file.split("/").at(-1) ?? "",
      content,
    ]),
  );
}

test("captured notifications are sent to the demo's receivers, even if real URLs are configured", async () => {
  const files = await alertmanagerSecrets({}, ["slackWebhookUrl", "heartbeatUrl"]);
  assert.equal(files.get("slackWebhookUrl"), "http://demo-sinks:8025/slack/webhook/demo");
  assert.equal(files.get("heartbeatUrl"), "http://demo-sinks:8025/heartbeat");
});

test("without capturing, they are sent to the configured receivers", async () => {
  const alerting = { email: { enabled: false }, pagerduty: { enabled: false } };
  const values = { demo: { enabled: true, captureNotifications: false }, alerting };
  const files = await alertmanagerSecrets(values, ["slackWebhookUrl", "heartbeatUrl"]);
  assert.equal(files.get("slackWebhookUrl"), `${canary}-slackWebhookUrl`);
  assert.equal(files.get("heartbeatUrl"), `${canary}-heartbeatUrl`);
});
