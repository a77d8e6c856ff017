import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../config/settings/problems.ts";
import { secretProblem } from "../../config/settings/secrets.ts";
import { toSettings } from "../../config/settings/settings.ts";

function refusal(alerting: Record<string, unknown>, secrets: readonly string[] = [], requireSecrets = false): string {
  const email = { smarthost: "smtp.example.com:587", to: { default: ["oncall@example.com"] } };
  const values = { platform: "docker", environment: "test", alerting: { email, ...alerting } };
  try {
    toSettings({ stack: "test", values, secrets: new Set(secrets) }, { requireSecrets });
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

test("invalid teams are reported together, each with a fix", () => {
  assert.equal(
    refusal({
      teams: {
        "Mobile App": {},
        mobile: {
          slackChannel: "mobile",
          email: ["nobody"],
          pagerduty: "key",
          webhook: "https://x.example",
          slack: "#x",
        },
        audio: { msteams: 1, email: "audio@example.com" },
        product: "#product",
      },
    }),
    `Pulumi.test.yaml has 9 problems; nothing was changed.

  alerting.teams."Mobile App": the key "Mobile App" is not a valid name; use 1 to 40 lower-case letters, digits and "-", such as "primary"
  alerting.teams.mobile.slackChannel: "mobile" is not a valid Slack channel; use "#" followed by the channel name, such as "#alerts", or a channel ID, such as "C024BE91L"
  alerting.teams.mobile.email[0]: "nobody" is not a valid e-mail address; use an address such as "oncall@example.com"
  alerting.teams.mobile.pagerduty: "key" has the wrong type; use true or false, and set the key as the secret pagerdutyKey-<team>
  alerting.teams.mobile.webhook: "***" has the wrong type; use true or false, and set the URL as the secret webhookUrl-<team>
  alerting.teams.mobile.slack: is not a known key; did you mean "slackChannel"? Known keys are slackChannel, email, pagerduty, webhook, msteams.
  alerting.teams.audio.email: "audio@example.com" has the wrong type; use a list
  alerting.teams.audio.msteams: 1 has the wrong type; use true or false, and set the URL as the secret msteamsUrl-<team>
  alerting.teams.product: "#product" has the wrong type; use a map
`,
  );
});

test("keys that moved are rejected with the new key and the value to write", () => {
  assert.equal(
    refusal({
      slack: { channels: { security: "#sec", database: "#dba" } },
      email: {
        smarthost: "smtp.example.com:587",
        to: { default: ["a@example.com"], security: ["s@example.com"], database: [] },
      },
    }),
    `Pulumi.test.yaml has 4 problems; nothing was changed.

  alerting.slack.channels.security: has moved; use alerting.teams.security.slackChannel: "#sec"
  alerting.slack.channels.database: has moved; use alerting.teams.database.slackChannel: "#dba"
  alerting.email.to.security: has moved; use alerting.teams.security.email: ["s@example.com"]
  alerting.email.to.database: has moved; use alerting.teams.database.email: []
`,
  );
});

test("each key of a team requires its secret", () => {
  const set = (key: string) => `run \`pulumi config set --secret ${key} --stack test\``;
  const known = ["pagerdutyCriticalKey", "pagerdutyHighKey", "pagerdutyKey-security", "slackBotToken", "heartbeatUrl"];
  const teams = { mobile: { pagerduty: true, webhook: true, msteams: true } };
  assert.equal(
    refusal({ teams }, known, true),
    `Pulumi.test.yaml has 3 problems; nothing was changed.

  pagerdutyKey-mobile: is required by alerting.teams.mobile.pagerduty; ${set("pagerdutyKey-mobile")}
  webhookUrl-mobile: is required by alerting.teams.mobile.webhook; ${set("webhookUrl-mobile")}
  msteamsUrl-mobile: is required by alerting.teams.mobile.msteams; ${set("msteamsUrl-mobile")}
`,
  );
  assert.equal(
    refusal({}, [...known, "pagerdutySecurityKey"], true),
    `Pulumi.test.yaml has 1 problem; nothing was changed.

  pagerdutySecurityKey: cannot be set together with pagerdutyKey-security, which replaces it; run \`pulumi config rm pagerdutySecurityKey --stack test\`
`,
  );
  assert.equal(secretProblem("webhookUrl-mobile", "mobile"), "is not an http:// or https:// URL");
  assert.equal(secretProblem("msteamsUrl-mobile", "ftp://x"), "is not an http:// or https:// URL");
  assert.equal(secretProblem("pagerdutyKey-mobile", " "), "is empty");
});

test("without PagerDuty, no team needs a key", () => {
  const off = { enabled: false };
  assert.equal(
    refusal({ pagerduty: off, heartbeat: off, teams: { audio: { pagerduty: true } } }, ["slackBotToken"], true),
    "",
  );
});
