import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { changedDashboards, dashboardFolder } from "../../scripts/dashboards/changed.ts";

const scratch = mkdtempSync(join(tmpdir(), "white-room-changed-"));
after(() => rmSync(scratch, { recursive: true }));

function rendered(name: string, product: string, files: Readonly<Record<string, string>>): string {
  const folder = join(scratch, name, product, "dashboards");
  mkdirSync(folder, { recursive: true });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
  return join(scratch, name);
}

test("lists changed, added and removed dashboards, rendered for Grafana or the viewer", () => {
  const before = rendered("before", "grafana", {
    "same.json": "1",
    "moved.json": "1",
    "gone.json": "1",
    "notes.txt": "1",
  });
  const after = rendered("after", "viewer", { "same.json": "1", "moved.json": "2", "new.json": "1" });
  assert.deepEqual(changedDashboards(dashboardFolder(before), dashboardFolder(after)), ["gone", "moved", "new"]);
});

test("rejects a folder without dashboards", () => {
  const folder = rendered("other", "loki", {});
  assert.throws(() => dashboardFolder(folder), /is not a rendered stack with dashboards$/);
});
