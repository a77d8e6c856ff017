import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { renderDashboards } from "../../dashboards/index.ts";
import type { Dashboard, Panel } from "../../viewer/shared/dashboard.ts";
import { panelsOf } from "../../viewer/shared/dashboard.ts";
import { problemsOf } from "../../viewer/shared/supported.ts";
import { layOut } from "../../viewer/src/grid.ts";
import { ownValues } from "../../viewer/src/panels/buckets.ts";
import { logText } from "../../viewer/src/panels/log-text.ts";
import { settingsOf } from "../e2e/sandbox/sandbox.ts";
import { stack } from "../rules/stacks.ts";

const gridPos = { x: 0, y: 0, w: 12, h: 8 };
const panel = (values: Partial<Panel>): Panel => ({ id: 1, type: "stat", title: "Some", gridPos, ...values });
const dashboard = (...panels: Panel[]): Dashboard => ({ uid: "a", title: "A", panels });
const everyUnit = () => true;

describe("unsupported dashboard features", () => {
  // Between them, these stacks have journeys, tracing, long-term storage and remote write.
  const stacks = { sandbox: settingsOf({}), dev: stack("dev"), prod: stack("prod", { tracing: { enabled: true } }) };
  for (const [name, settings] of Object.entries(stacks)) {
    test(`are not used in the dashboards of ${name}`, () => {
      for (const { path, content } of renderDashboards(settings)) {
        const shown = JSON.parse(content) as Dashboard;
        assert.ok(panelsOf(shown).length > 0);
        assert.deepEqual(problemsOf(path, shown, everyUnit), []);
      }
    });
  }

  test("are reported with file and panel", () => {
    const unsupported = dashboard(
      panel({ title: "Map", type: "geomap" }),
      panel({ title: "Joined", transformations: [{ id: "joinByField", options: {} }] }),
      panel({ title: "Odd", fieldConfig: { defaults: { unit: "furlongs" }, overrides: [] } }),
      panel({ title: "Suffixed", fieldConfig: { defaults: { unit: "suffix:min" }, overrides: [] } }),
      panel({ title: "Row", type: "row", panels: [panel({ title: "Inside", type: "canvas" })] }),
    );
    const supported = "bargauge, dashlist, heatmap, logs, piechart, stat, state-timeline, table, timeseries";
    assert.deepEqual(
      problemsOf("own.json", unsupported, () => false),
      [
        `own.json: panel "Map": unsupported panel type "geomap"; supported: ${supported}`,
        'own.json: panel "Joined": unsupported transformation "joinByField"; supported: merge, organize, filterFieldsByName',
        'own.json: panel "Odd": unknown unit "furlongs"',
        `own.json: panel "Inside": unsupported panel type "canvas"; supported: ${supported}`,
      ],
    );
  });
});

describe("grid layout", () => {
  const row = panel({ id: 2, type: "row", title: "Row", gridPos: { x: 0, y: 8, w: 24, h: 1 } });
  const panels = [
    panel({ id: 1 }),
    row,
    panel({ id: 3, gridPos: { x: 0, y: 9, w: 12, h: 4 } }),
    panel({ id: 4, gridPos: { x: 12, y: 9, w: 12, h: 4 } }),
    panel({ id: 5, type: "row", gridPos: { x: 0, y: 13, w: 24, h: 1 } }),
  ];
  const tops = (width: number, closed: boolean) =>
    layOut(panels, width, ({ id }) => closed && id === 2).items.map(({ panel: { id }, box }) => [
      id,
      box.left,
      box.top,
    ]);

  test("places panels as Grafana does", () => {
    assert.deepEqual(tops(1208, false), [
      [1, 0, 0],
      [2, 0, 304],
      [3, 0, 342],
      [4, 608, 342],
      [5, 0, 494],
    ]);
  });

  test("omits panels in a closed row", () => {
    assert.deepEqual(tops(1208, true), [
      [1, 0, 0],
      [2, 0, 304],
      [5, 0, 342],
    ]);
  });

  test("uses one column on a phone", () => {
    assert.deepEqual(tops(374, false), [
      [1, 0, 0],
      [2, 0, 304],
      [3, 0, 342],
      [4, 0, 494],
      [5, 0, 646],
    ]);
  });
});

test("a heat map has a row per bucket with its own values, the highest first", () => {
  assert.deepEqual(
    ownValues([
      { le: Infinity, values: [9, 9, null] },
      { le: 0.5, values: [4, 9, null] },
      { le: 0.05, values: [1, 10, null] },
    ]),
    [
      { le: Infinity, values: [5, 0, null] },
      { le: 0.5, values: [3, 0, null] },
      { le: 0.05, values: [1, 10, null] },
    ],
  );
});

describe("log lines", () => {
  test("drop control characters and bidirectional overrides", () => {
    assert.equal(
      logText("\u001b[31mred\u001b[0m \u001b]0;title\u0007and\u0000 \u202egnp.exe\t|"),
      "red and gnp.exe\t|",
    );
  });

  test("are truncated if too long", () => {
    assert.equal(logText("x".repeat(5000)).length, 4000 + " … (1000 more characters)".length);
  });
});
