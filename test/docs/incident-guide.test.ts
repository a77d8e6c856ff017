import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { type AlertName, alertNames, alerts, priorities, type Severity } from "../../config/alerts/catalogue.ts";
import { seconds } from "../../config/settings/units.ts";
import { targets } from "../../dashboards/alerts/escalation.ts";
import { alerts as alertsDashboard } from "../../dashboards/alerts.ts";
import { faultNames } from "../../demo/simulator/faults.ts";
import { stack } from "../rules/stacks.ts";
import { root } from "./pages.ts";

const guide = readFileSync(join(root, "docs", "INCIDENT_RESPONSE_GUIDE.md"), "utf8");
const settings = stack("dev");

/** Cells of the first table whose rows begin with these, by the first cell. */
function row(first: string): string[] {
  const line = guide.split("\n").find((text) => text.startsWith(`| ${first} |`));
  assert.ok(line, `no row ${first}`);
  return line.split("|").map((cell) => cell.trim());
}

/** "5 min", "1 day" in seconds. */
function inSeconds(text: string): number {
  const [, amount, unit = ""] = /^(\d+) (s|min|h|day|week)$/.exec(text) ?? assert.fail(`"${text}" is no time`);
  return Number(amount) * ({ s: 1, min: 60, h: 3600, day: 86_400, week: 604_800 }[unit] ?? Number.NaN);
}

for (const [severity, priority] of Object.entries(priorities) as [Severity, string][]) {
  test(`${priority}'s targets are those of the dashboard, its wait is the default, its examples have it`, () => {
    const [, , , examples = "", way = "", response = "", resolution = ""] = row(priority);
    assert.deepEqual({ response: inSeconds(response), resolution: inSeconds(resolution) }, targets[severity]);
    const [, wait = ""] = /; after (.+)$/.exec(way) ?? [];
    assert.equal(inSeconds(wait), seconds(settings.alerting.waits[severity].groupWait));
    for (const name of examples.split(", ")) assert.equal(alerts[name as AlertName]?.severity, severity, name);
  });
}

test("panels that the guide names are on the dashboard Alerts", () => {
  const titles = alertsDashboard(settings).rows.flatMap(({ panels }) => panels.map(({ title }) => title));
  const named = [...guide.matchAll(/\bpanels? ((?:\*\*[^*]+\*\*(?:, | and )?)+)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/\*\*([^*]+)\*\*/g)].map(([, title = ""]) => title),
  );
  assert.ok(named.length >= 8, `${named.length} panels`);
  for (const title of named) assert.ok(titles.includes(title), `no panel "${title}": ${titles.join(", ")}`);
});

test("drills start and end faults that the demo has, and see alerts that exist", () => {
  const parts = guide.split(/^### Drill /m).slice(1);
  assert.equal(parts.length, 3);
  for (const part of parts) {
    const used = (method: string) =>
      [...part.matchAll(new RegExp(`-X ${method} '?http://localhost:8009/faults/([\\w-]+)`, "g"))].map(
        ([, name]) => name,
      );
    const started = used("POST");
    assert.equal(started.length, 1);
    assert.ok((faultNames as readonly (string | undefined)[]).includes(started[0]), started[0]);
    assert.deepEqual(used("DELETE"), started);
    const rows = part.split("\n").filter((line) => /^\| \d+:\d\d \|/.test(line));
    const seen = rows.flatMap((line) => [...line.matchAll(/\*\*([A-Z]\w+)\*\*/g)].map(([, name = ""]) => name));
    assert.ok(seen.length > 0, "no alert in what was seen");
    for (const name of seen) assert.ok((alertNames as readonly string[]).includes(name), `no alert ${name}`);
  }
});
