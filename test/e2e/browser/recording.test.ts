import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run } from "../../../scripts/lib/run-command.ts";
import { root } from "../../../scripts/start/stack-project.ts";
import { writeRecording } from "../../validate/dashboard-recording.ts";

const folder = mkdtempSync(join(tmpdir(), "white-room-pictures-"));
const [old, now, data] = ["old", "now", "data"].map((name) => join(folder, name)) as [string, string, string];

/** Panels of each kind that shows time: an axis, the newest lines, and a time relative to now. */
function dashboard(uid: string, unit: string): object {
  const panel = (id: number, type: string, source: string, expr: string, defaults: object = {}) => ({
    id,
    type,
    title: `Panel ${id}`,
    gridPos: { x: (id % 2) * 12, y: Math.floor(id / 2) * 8, w: 12, h: 8 },
    datasource: { type: source, uid: source },
    targets: [{ refId: "A", expr, instant: type === "stat" }],
    fieldConfig: { defaults, overrides: [] },
    options: {
      reduceOptions: { calcs: ["lastNotNull"] },
      legend: { showLegend: true, displayMode: "list", placement: "bottom", calcs: [] },
      tooltip: { mode: "multi", sort: "none" },
      sortOrder: "Descending",
    },
  });
  const panels = [
    panel(0, "timeseries", "prometheus", "rate(requests_total[2m])", { unit }),
    panel(1, "timeseries", "prometheus", "up"),
    panel(2, "stat", "prometheus", "(time() - 90) * 1000 * max(up)", { unit: "dateTimeFromNow" }),
    panel(3, "logs", "loki", '{service="api"}'),
  ];
  return { uid, title: uid, panels };
}

function writeStack(name: string, dashboards: readonly object[]): void {
  const target = join(name, "grafana", "dashboards");
  mkdirSync(target, { recursive: true });
  for (const each of dashboards)
    writeFileSync(join(target, `${(each as { uid: string }).uid}.json`), JSON.stringify(each));
}

before(async () => {
  writeRecording(data);
  writeStack(old, [dashboard("same", "short"), dashboard("changed", "short")]);
  writeStack(now, [dashboard("same", "short"), dashboard("changed", "reqps")]);
  for (const target of ["first", "second"]) await compare(target);
});

after(() => rmSync(folder, { recursive: true }));

function compare(target: string): Promise<string> {
  const script = join(root, "scripts", "dashboards.ts");
  return run(process.execPath, [script, "compare", old, now, join(folder, target), "--data", data]);
}

const picture = (target: string, name: string) => readFileSync(join(folder, target, name));

test("a dashboard that changed has a picture before and after", () => {
  assert.deepEqual(readdirSync(join(folder, "first")).sort(), ["changed-after.png", "changed-before.png"]);
  assert.ok(!picture("first", "changed-before.png").equals(picture("first", "changed-after.png")));
});

test("the same recording gives the same pictures", () => {
  for (const name of ["changed-before.png", "changed-after.png"])
    assert.ok(picture("first", name).equals(picture("second", name)), `${name} differs`);
});

test("other data gives other pictures", async () => {
  for (const name of readdirSync(data)) if (name.endsWith(".lines.json.gz")) rmSync(join(data, name));
  await compare("third");
  for (const name of ["changed-before.png", "changed-after.png"])
    assert.ok(!picture("first", name).equals(picture("third", name)), `${name} does not show the log lines`);
});
