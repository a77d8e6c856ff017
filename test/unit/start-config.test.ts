import assert from "node:assert/strict";
import { test } from "node:test";
import { localPaths, mergeStackFiles } from "../../scripts/start/merge-config.ts";
import { withDotEnv } from "../../scripts/start/settings.ts";

const key = (name: string) => `white-room-monitoring:${name}`;
const secret = { secure: "v1:abc:def" };

test("the first merge is the committed file", () => {
  const committed = { config: { [key("platform")]: "docker", [key("metrics")]: { port: 9090 } } };
  assert.deepEqual(mergeStackFiles({}, {}, committed), committed);
});

test("local settings are kept, and changes of the committed file are merged", () => {
  const base = { config: { [key("metrics")]: { port: 9090, retentionTime: "15d" }, [key("cluster")]: "a" } };
  const local = {
    config: {
      [key("metrics")]: { port: 19090, retentionTime: "15d" },
      [key("cluster")]: "a",
      [key("slackBotToken")]: secret,
    },
    encryptionsalt: "v1:salt",
  };
  const committed = { config: { [key("metrics")]: { port: 9090, retentionTime: "30d" }, [key("environment")]: "dev" } };
  const merged = mergeStackFiles(base, local, committed);
  assert.deepEqual(merged, {
    config: {
      [key("metrics")]: { port: 19090, retentionTime: "30d" },
      [key("environment")]: "dev",
      [key("slackBotToken")]: secret,
    },
    encryptionsalt: "v1:salt",
  });
  assert.deepEqual(localPaths(merged, committed), ["metrics.port", "slackBotToken"]);
});

test("a locally removed key stays removed while the committed value is unchanged", () => {
  const committed = { config: { [key("demo")]: { enabled: true, port: 8009 } } };
  const local = { config: { [key("demo")]: { enabled: true } } };
  assert.deepEqual(mergeStackFiles(committed, local, committed), local);
});

test("a list is one value", () => {
  const base = { config: { [key("a")]: [1, 2] } };
  const merged = mergeStackFiles(base, { config: { [key("a")]: [1] } }, { config: { [key("a")]: [1, 2, 3] } });
  assert.deepEqual(merged, { config: { [key("a")]: [1] } });
});

test(".env gives the names of secrets and the administrator, without secret values", () => {
  const config = { stack: "dev", values: { visualization: { port: 3001 } }, secrets: new Set<string>() };
  const { values, secrets } = withDotEnv(
    config,
    new Map([
      ["visualization.adminUser", "root"],
      ["smtpPassword", "canary"],
    ]),
  );
  assert.deepEqual(values, { visualization: { port: 3001, adminUser: "root" } });
  assert.deepEqual([...secrets], ["smtpPassword"]);
});

test("a Slack credential in .env replaces the stored one", () => {
  const config = { stack: "dev", values: {}, secrets: new Set(["slackBotToken", "smtpPassword"]) };
  const { secrets } = withDotEnv(config, new Map([["slackWebhookUrl", "https://hooks.slack.example/x"]]));
  assert.deepEqual([...secrets], ["smtpPassword", "slackWebhookUrl"]);
});
