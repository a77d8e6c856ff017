import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";
import { toYaml } from "../../config/file.ts";
import type { SlackCredential } from "../../config/products/alertmanager/alertmanager.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { timeZoneProblem } from "../../config/settings/time-zones.ts";
import { binary, needs } from "../binaries.ts";
import { alertingSettings, stackSettings } from "../unit/alertmanager-settings.ts";
import { writeRendered } from "./alertmanager-files.ts";

const run = promisify(execFile);
const options = needs("amtool");

async function withRendered<T>(
  settings: Settings,
  slackCredential: SlackCredential,
  use: (file: string) => Promise<T>,
): Promise<T> {
  const folder = writeRendered(settings, { slackCredential });
  try {
    return await use(join(folder, "alertmanager.yml"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function check(settings: Settings, slackCredential: SlackCredential): Promise<void> {
  await withRendered(settings, slackCredential, async (file) => {
    const { stdout } = await run(binary("amtool"), ["check-config", file, "--enable-feature=utf8-strict-mode"]);
    assert.match(stdout, /SUCCESS[\s\S]*4 templates\s+SUCCESS/);
  });
}

describe("amtool accepts", options, () => {
  for (const stack of ["dev", "prod"] as const) {
    for (const slackCredential of ["bot", "webhook"] as const) {
      test(`${stack} by ${slackCredential}`, () => check(stackSettings(stack), slackCredential));
    }
  }

  test("every combination of disabled receivers", async () => {
    const parts = ["pagerduty", "slack", "email", "heartbeat"];
    const combinations = Array.from({ length: 2 ** parts.length }, (_, bits) =>
      Object.fromEntries(parts.flatMap((part, bit) => (bits & (1 << bit) ? [[part, { enabled: false }]] : []))),
    );
    assert.equal(combinations.length, 16);
    const email = { smarthost: "smtp.example.com:587", to: { default: ["a@example.com"] } };
    const teams = { security: { email: ["b@example.com"] }, database: { email: ["c@example.com"] } };
    for (const off of combinations) await check(alertingSettings({ email, teams, ...off }), "bot");
  });

  test("quiet hours over midnight, on some days, in a zone", () =>
    check(
      alertingSettings({
        quietHours: { start: "22:00", end: "07:00", timeZone: "Europe/Berlin", days: ["friday", "sunday"] },
      }),
      "bot",
    ));
});

test("amtool accepts every time zone that quiet hours accept", options, async () => {
  const zones = [
    ...Intl.supportedValuesOf("timeZone"),
    "UTC",
    "GMT",
    "Etc/GMT+5",
    "Asia/Kolkata",
    "Europe/Kyiv",
  ].filter((zone) => timeZoneProblem(zone) === undefined);
  assert.ok(zones.length > 390, `${zones.length} zones`);
  const folder = mkdtempSync(join(tmpdir(), "white-room-zones-"));
  try {
    const file = join(folder, "zones.yml");
    const intervals = zones.map((location) => ({ name: location, time_intervals: [{ location }] }));
    writeFileSync(file, toYaml({ route: { receiver: "a" }, receivers: [{ name: "a" }], time_intervals: intervals }));
    await run(binary("amtool"), ["check-config", file]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** The routing table of the docs, written out: severity, then team, then receivers in the order of the routes. */
const expected: Record<string, Record<string, string[]>> = {
  critical: {
    platform: ["pagerduty-critical", "slack-alerts", "email-default"],
    audio: ["pagerduty-critical", "slack-alerts", "email-default"],
    product: ["pagerduty-critical", "slack-alerts", "email-default"],
    database: ["pagerduty-critical", "slack-alerts", "slack-database", "email-default", "email-database"],
    security: ["pagerduty-security", "slack-alerts", "slack-security", "email-default", "email-security"],
  },
  high: {
    platform: ["pagerduty-high", "slack-alerts", "email-default"],
    audio: ["pagerduty-high", "slack-alerts", "email-default"],
    product: ["pagerduty-high", "slack-alerts", "email-default"],
    database: ["pagerduty-high", "slack-alerts", "slack-database", "email-default", "email-database"],
    security: ["pagerduty-security", "slack-alerts", "slack-security", "email-default", "email-security"],
  },
  medium: {
    platform: ["slack-ops", "email-default"],
    audio: ["slack-ops", "email-default"],
    product: ["slack-ops", "email-default"],
    database: ["slack-ops", "slack-database", "email-default"],
    security: ["slack-ops", "slack-security", "email-default"],
  },
  low: {
    platform: ["slack-notifications"],
    audio: ["slack-notifications"],
    product: ["slack-notifications"],
    database: ["slack-notifications", "slack-database"],
    security: ["slack-notifications", "slack-security"],
  },
};

/** A Slack webhook has a single channel, which gets each alert once, regardless of its team. */
function byWebhook(receivers: readonly string[]): string[] {
  const slack = receivers.filter((name) => name.startsWith("slack-"));
  return receivers
    .filter((name) => !slack.includes(name) || name === slack[0])
    .map((name) => (name === slack[0] ? "slack-webhook" : name));
}

async function receiversOf(file: string, labels: Record<string, string>): Promise<string[]> {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${value}`);
  const { stdout } = await run(binary("amtool"), ["config", "routes", "test", `--config.file=${file}`, ...pairs]);
  return stdout.trim().split(",");
}

describe("amtool routes", options, () => {
  for (const stack of ["dev", "prod"] as const) {
    test(`every severity and team of ${stack} to exactly its receivers`, () =>
      withRendered(stackSettings(stack), "bot", async (file) => {
        for (const [severity, teams] of Object.entries(expected)) {
          for (const [team, receivers] of Object.entries(teams)) {
            assert.deepEqual(
              await receiversOf(file, { alertname: "Any", severity, team }),
              receivers,
              `${severity} ${team}`,
            );
          }
        }
      }));
  }

  test("each alert once to the webhook's channel", () =>
    withRendered(stackSettings("prod"), "webhook", async (file) => {
      for (const [severity, teams] of Object.entries(expected)) {
        for (const [team, receivers] of Object.entries(teams)) {
          assert.deepEqual(
            await receiversOf(file, { alertname: "Any", severity, team }),
            byWebhook(receivers),
            `${severity} ${team}`,
          );
        }
      }
    }));

  test("Watchdog only to the heartbeat", () =>
    withRendered(stackSettings("prod"), "bot", async (file) => {
      const labels = { alertname: "Watchdog", severity: "none", team: "platform" };
      assert.deepEqual(await receiversOf(file, labels), ["heartbeat"]);
    }));

  test("an alert without a team or with an unknown one by its priority", () =>
    withRendered(stackSettings("prod"), "bot", async (file) => {
      const receivers = ["pagerduty-critical", "slack-alerts", "email-default"];
      assert.deepEqual(await receiversOf(file, { alertname: "Any", severity: "critical" }), receivers);
      assert.deepEqual(await receiversOf(file, { alertname: "Any", severity: "critical", team: "sales" }), receivers);
    }));

  test("an alert without a severity or with an unknown one as medium, so that it is not lost", () =>
    withRendered(stackSettings("prod"), "bot", async (file) => {
      assert.deepEqual(await receiversOf(file, { alertname: "Any" }), ["slack-ops", "email-default"]);
      assert.deepEqual(await receiversOf(file, { alertname: "Any", severity: "warning" }), [
        "slack-ops",
        "email-default",
      ]);
    }));

  test("severity none to nobody, including Watchdog if the heartbeat is disabled", () =>
    withRendered(alertingSettings({ heartbeat: { enabled: false } }), "bot", async (file) => {
      assert.deepEqual(await receiversOf(file, { alertname: "Any", severity: "none" }), ["nobody"]);
      assert.deepEqual(await receiversOf(file, { alertname: "Watchdog", severity: "none" }), ["nobody"]);
    }));
});
