import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { test } from "node:test";
import { type MetricDefinition, metricCatalogue } from "../../config/white-room/metrics.ts";

const guide = resolve(import.meta.dirname, "..", "..", "docs", "METRICS_INSTRUMENTATION_GUIDE.md");

function row({ name, type, labels, buckets, services }: MetricDefinition): string {
  const bounds = Object.entries(labels).map(([label, { bound }]) => `\`${label}\` ≤ ${bound}`);
  return `| \`${name}\` | ${type} | ${bounds.join(", ")} | ${buckets?.join(", ") ?? ""} | ${services.join(", ")} |`;
}

test("the guide's table matches the contract", () => {
  const rows = [
    "| metric | type | labels | buckets | exposed by |",
    "|---|---|---|---|---|",
    ...metricCatalogue.map(row),
  ];
  const found = readFileSync(guide, "utf8").split("\n");
  const start = found.indexOf(rows[0] ?? "");
  assert.deepEqual(found.slice(start, start + rows.length), rows);
});
