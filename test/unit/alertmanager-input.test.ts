import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../config/settings/problems.ts";
import { timeZoneProblem } from "../../config/settings/time-zones.ts";
import { alertingSettings } from "./alertmanager-settings.ts";

function refusal(alerting: Record<string, unknown>): string {
  try {
    alertingSettings(alerting);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return "";
}

test("invalid alerting keys are reported together, each with a fix", () => {
  assert.equal(
    refusal({
      rules: { HighCpuUsag: {}, HighCpuUsage: { for: "soon", threshold: 90 }, HighMemoryUsage: { threshold: "90%" } },
      // Without Slack nothing reaches team database, which has no address.
      slack: { enabled: false, channels: { alerts: "alerts" } },
      email: { smarthost: "smtp.example.com:25", to: { default: ["nobody"], audio: [] } },
      waits: { low: { repeatInterval: "30d" } },
      quietHours: { start: "22:00", end: "22:00", timeZone: "europe/berlin" },
    }),
    `Pulumi.test.yaml has 11 problems; nothing was changed.

  alerting.slack.channels.alerts: "alerts" is not a valid Slack channel; use "#" followed by the channel name, such as "#alerts", or a channel ID, such as "C024BE91L"
  alerting.email.to.default[0]: "nobody" is not a valid e-mail address; use an address such as "oncall@example.com"
  alerting.email.to.audio: is not a known key; known keys are default
  alerting.waits.low.repeatInterval: "30d" is too long; use at most "5d"
  alerting.quietHours.timeZone: "europe/berlin" is not the current IANA name of a time zone; use "Europe/Berlin"
  alerting.rules.HighCpuUsage.for: "soon" is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"
  alerting.rules.HighCpuUsage.threshold: 90 is out of range; use a number between 0 and 1 (ratio)
  alerting.rules.HighMemoryUsage.threshold: "90%" is not a number; use a number between 0 and 1 (ratio)
  alerting.rules.HighCpuUsag: is not a known key; did you mean "HighCpuUsage"?
  alerting.quietHours.end: "22:00" is the same as the start; use another time, or remove quietHours
  alerting.teams.database.email: is empty and Slack is disabled, so team database would get no notifications; add its addresses, or enable Slack
`,
  );
});

for (const [timeZone, cure] of [
  ["+02:00", 'is not a valid time zone; use an IANA name, such as "Europe/Berlin"'],
  ["Mars/Olympus", 'is not a valid time zone; use an IANA name, such as "Europe/Berlin"'],
  ["Local", 'is not a valid time zone; use an IANA name, such as "Europe/Berlin"'],
  ["utc", 'is not the current IANA name of a time zone; use "UTC"'],
  ["JST", 'is not the current IANA name of a time zone; use "Asia/Tokyo"'],
  ["PST", 'is not the current IANA name of a time zone; use "America/Los_Angeles"'],
  ["US/Pacific", 'is not the current IANA name of a time zone; use "America/Los_Angeles"'],
  ["EST", 'is not the current IANA name of a time zone; use "America/Panama"'],
  ["Asia/Calcutta", 'is not the current IANA name of a time zone; use "Asia/Kolkata"'],
  ["asia/kolkata", 'is not the current IANA name of a time zone; use "Asia/Kolkata"'],
  ["Etc/gmt+5", 'is not the current IANA name of a time zone; use "Etc/GMT+5"'],
]) {
  test(`${timeZone} is rejected as a time zone`, () => {
    assert.equal(
      refusal({ quietHours: { start: "22:00", end: "07:00", timeZone } }),
      `Pulumi.test.yaml has 1 problem; nothing was changed.

  alerting.quietHours.timeZone: ${JSON.stringify(timeZone)} ${cure}
`,
    );
  });
}

test("a suggested time zone is accepted", () => {
  const names = ["Japan", "ROC", "GB", "MET", "IET", "VST", ...Intl.supportedValuesOf("timeZone")];
  const cures = names.flatMap((zone) => /use "(.*)"$/.exec(timeZoneProblem(zone) ?? "")?.[1] ?? []);
  assert.ok(cures.length >= 20, cures.join(", "));
  assert.deepEqual(
    cures.filter((zone) => zone !== "Europe/Berlin" && timeZoneProblem(zone) !== undefined),
    [],
  );
});
