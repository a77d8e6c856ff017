import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Browser, startBrowser } from "../../../viewer/browser/chromium.ts";
import { statValues } from "../../../viewer/browser/measure.ts";
import type { Fault } from "../alerting/expected.ts";
import { courses } from "../alerting/faults.ts";
import { quick } from "../alerting/quick.ts";
import { eventually } from "../running-stack.ts";
import { apply, settingsOf, stack } from "../sandbox/sandbox.ts";
import { dashboardProblems, desktop, withDashboard } from "./pages.ts";

const url = `http://localhost:${settingsOf(quick).visualization.port}`;

/** Expected effect of a fault on the dashboards: an active incident and, for some faults, a red tile. */
interface Effect {
  readonly alert: string;
  readonly tile?: { readonly uid: string; readonly panel: string };
}

/** All demo faults that affect a dashboard within a minute, in rounds of faults that do not mask each other. */
const rounds: readonly Partial<Record<Fault, Effect>>[] = [
  {
    latency: { alert: "HighLatencyP95" },
    "ffi-slow": { alert: "FfiLatencyHigh" },
    "auth-failures": { alert: "UnusualAuthFailures" },
    "redis stopped": { alert: "RedisDown", tile: { uid: "white-room-system-health", panel: "Redis up" } },
    "crash of swift-frontend": { alert: "ServiceDown", tile: { uid: "white-room-home", panel: "Applications" } },
    errors: { alert: "HighErrorRate" },
    "audio-overload": { alert: "AudioProcessingOverload" },
    "postgres stopped": { alert: "PostgresDown", tile: { uid: "white-room-system-health", panel: "PostgreSQL up" } },
  },
  { "nginx stopped": { alert: "NginxDown", tile: { uid: "white-room-system-health", panel: "Nginx up" } } },
];

/** Colors of failures in Grafana's dark theme. */
const reds = ["rgb(196, 22, 42)", "rgb(242, 73, 92)"];

/** Problems of panels that only swift-frontend fills. In later rounds, their last point may still be from its crash. */
const withoutSwiftFrontend = ["DAU", "WAU", "MAU", "Stickiness", "Active sessions", "Retention"].map(
  (panel) => `"${panel}" is empty: No data`,
);

let browser: Browser;

before(async () => {
  // Including cAdvisor, because a dashboard has panels for it.
  await apply({ ...quick, exporters: {} });
  browser = await startBrowser();
});

after(() => browser?.close());

for (const round of rounds) {
  const faults = Object.keys(round) as Fault[];
  const effects = Object.values(round);
  test(`${faults.join(", ")}: affected panels turn red, and no panel fails`, async () => {
    const firing = async (alert: string) =>
      (await stack.prometheus(`ALERTS{alertname="${alert}", alertstate="firing"}`)).length > 0;
    for (const { alert } of effects) await eventually(`no ${alert}`, 330, async () => !(await firing(alert)));
    for (const { tile } of effects) if (tile) assert.ok(!(await isRed(tile)), `${tile.panel} is red before the fault`);
    try {
      await Promise.all(faults.map((fault) => courses[fault].begin()));
      for (const { alert } of effects) {
        await eventually(`${alert} fires`, 120, () => firing(alert));
      }
      for (const { tile } of effects) if (tile) assert.ok(await isRed(tile), `${tile.panel} is not red`);
      const incidents = await withDashboard(browser, url, "white-room-alerts", desktop, (page) =>
        page.locator('[data-panel="Active incidents"]').textContent(),
      );
      for (const { alert } of effects)
        assert.ok(incidents?.includes(alert), `${alert} is not an active incident: ${incidents}`);
      const problems = await dashboardProblems(browser, url, [desktop]);
      const explained = (problem: string) => withoutSwiftFrontend.some((known) => problem.endsWith(`: ${known}`));
      assert.deepEqual(
        problems.filter((problem) => !explained(problem)),
        [],
      );
    } finally {
      await Promise.all(faults.map((fault) => courses[fault].end()));
    }
  });
}

/** Whether a value or tile of the panel has a failure color. */
function isRed({ uid, panel }: NonNullable<Effect["tile"]>): Promise<boolean> {
  return withDashboard(browser, url, uid, desktop, async (page) => {
    const values = (await statValues(page)).filter((value) => value.panel === panel);
    assert.ok(values.length > 0, `${panel} shows no values`);
    return values.some(({ color, background }) => reds.includes(color) || reds.includes(background));
  });
}
