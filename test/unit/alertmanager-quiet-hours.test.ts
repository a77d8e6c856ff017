import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { alertmanagerConfig } from "../../config/products/alertmanager/alertmanager.ts";
import type { Route } from "../../config/products/alertmanager/routes.ts";
import { alertingSettings } from "./alertmanager-settings.ts";

function withQuietHours(quietHours: Record<string, unknown>) {
  return alertmanagerConfig(alertingSettings({ quietHours }), { slackCredential: "bot" });
}

function intervals(quietHours: Record<string, unknown>) {
  return withQuietHours(quietHours).time_intervals?.[0]?.time_intervals;
}

function leaves(route: Route): Route[] {
  return route.routes === undefined ? [route] : route.routes.flatMap(leaves);
}

describe("quiet hours", () => {
  test("over midnight are split there, with the morning on the next day", () => {
    assert.deepEqual(
      intervals({ start: "22:00", end: "07:00", timeZone: "Europe/Berlin", days: ["friday", "sunday"] }),
      [
        {
          times: [{ start_time: "22:00", end_time: "24:00" }],
          weekdays: ["friday", "sunday"],
          location: "Europe/Berlin",
        },
        {
          times: [{ start_time: "00:00", end_time: "07:00" }],
          weekdays: ["saturday", "monday"],
          location: "Europe/Berlin",
        },
      ],
    );
  });

  test("on every day list no weekdays", () => {
    assert.deepEqual(intervals({ start: "22:00", end: "07:00" }), [
      { times: [{ start_time: "22:00", end_time: "24:00" }], location: "UTC" },
      { times: [{ start_time: "00:00", end_time: "07:00" }], location: "UTC" },
    ]);
  });

  test("within one day stay whole", () => {
    assert.deepEqual(intervals({ start: "00:00", end: "06:30", days: ["monday"] }), [
      { times: [{ start_time: "00:00", end_time: "06:30" }], weekdays: ["monday"], location: "UTC" },
    ]);
  });

  test("until midnight have no morning", () => {
    assert.deepEqual(intervals({ start: "22:00", end: "00:00" }), [
      { times: [{ start_time: "22:00", end_time: "24:00" }], location: "UTC" },
    ]);
  });

  test("mute only P2 and P3, on all their routes", () => {
    const { route } = withQuietHours({ start: "22:00", end: "07:00" });
    const muted = Object.fromEntries(
      (route.routes ?? []).map((child) => [
        child.matchers?.[0],
        [...new Set(leaves(child).map(({ mute_time_intervals }) => mute_time_intervals?.[0]))],
      ]),
    );
    assert.deepEqual(muted, {
      'alertname="Watchdog"': [undefined],
      'severity="critical"': [undefined],
      'severity="high"': [undefined],
      'severity!~"critical|high|low|none"': ["quiet-hours"],
      'severity="low"': ["quiet-hours"],
    });
  });

  test("that are not set add no interval", () => {
    assert.equal(alertmanagerConfig(alertingSettings(), { slackCredential: "bot" }).time_intervals, undefined);
  });
});
