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

test("bad alerting keys are refused together, each with its cure", () => {
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

  alerting.slack.channels.alerts: "alerts" is no Slack channel: write "#" and its name, such as "#alerts"
  alerting.email.to.default[0]: "nobody" is no e-mail address: write an address such as "oncall@example.com"
  alerting.email.to.audio: is not a key: known are default, security, database
  alerting.waits.low.repeatInterval: "30d" is too long: write at most "5d"
  alerting.quietHours.timeZone: "europe/berlin" is no time zone that Alertmanager knows: write "Europe/Berlin"
  alerting.rules.HighCpuUsage.for: "soon" is no duration: write a number with a unit, such as "15s", "5m" or "7d"
  alerting.rules.HighCpuUsage.threshold: 90 is out of range: write a number from 0 to 1 (ratio)
  alerting.rules.HighMemoryUsage.threshold: "90%" is no number: write a number from 0 to 1 (ratio)
  alerting.rules.HighCpuUsag: is not a key: did you mean "HighCpuUsage"?
  alerting.quietHours.end: "22:00" equals the start: write another time, or leave quietHours out
  alerting.email.to.database: is empty, and with Slack off nothing reaches team database: write its addresses, or switch Slack on
`,
  );
});

for (const [timeZone, cure] of [
  ["+02:00", 'is no time zone: write its IANA name, such as "Europe/Berlin"'],
  ["Mars/Olympus", 'is no time zone: write its IANA name, such as "Europe/Berlin"'],
  ["Local", 'is no time zone: write its IANA name, such as "Europe/Berlin"'],
  ["utc", 'is no time zone that Alertmanager knows: write "UTC"'],
  ["JST", 'is no time zone that Alertmanager knows: write "Asia/Tokyo"'],
  ["PST", 'is no time zone that Alertmanager knows: write "America/Los_Angeles"'],
  ["US/Pacific", 'is no time zone that Alertmanager knows: write "America/Los_Angeles"'],
  ["EST", 'is no time zone that Alertmanager knows: write "America/Panama"'],
  ["Asia/Calcutta", 'is no time zone that Alertmanager knows: write "Asia/Kolkata"'],
  ["asia/kolkata", 'is no time zone that Alertmanager knows: write "Asia/Kolkata"'],
  ["Etc/gmt+5", 'is no time zone that Alertmanager knows: write "Etc/GMT+5"'],
]) {
  test(`${timeZone} is no time zone that Alertmanager knows`, () => {
    assert.equal(
      refusal({ quietHours: { start: "22:00", end: "07:00", timeZone } }),
      `Pulumi.test.yaml has 1 problem; nothing was changed.

  alerting.quietHours.timeZone: ${JSON.stringify(timeZone)} ${cure}
`,
    );
  });
}

test("what a refused time zone says to write is taken", () => {
  const names = ["Japan", "ROC", "GB", "MET", "IET", "VST", ...Intl.supportedValuesOf("timeZone")];
  const cures = names.flatMap((zone) => /write "(.*)"$/.exec(timeZoneProblem(zone) ?? "")?.[1] ?? []);
  assert.ok(cures.length >= 20, cures.join(", "));
  assert.deepEqual(
    cures.filter((zone) => zone !== "Europe/Berlin" && timeZoneProblem(zone) !== undefined),
    [],
  );
});
