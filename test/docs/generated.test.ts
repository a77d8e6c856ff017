import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { z } from "zod";
import { alerts } from "../../config/alerts/catalogue.ts";
import { configKeys, schema } from "../../config/settings/schema.ts";
import { configurationPage } from "../../scripts/docs/configuration.ts";
import { keysOf } from "../../scripts/docs/schema-keys.ts";
import { referencePages } from "../../scripts/docs.ts";
import { assertNone, root } from "./pages.ts";

for (const { file, content } of referencePages) {
  test(`${file} is current`, () => {
    const there = readFileSync(join(root, file), "utf8").split("\n");
    const wanted = content().split("\n");
    const stale = wanted.findIndex((line, index) => line !== there[index]);
    if (stale === -1 && there.length === wanted.length) return;
    const line = stale === -1 ? wanted.length : stale;
    assert.fail(`${file}:${line + 1} is stale; run \`npm run docs\` and commit the changes
  there is   ${there[line] ?? "nothing"}
  should be  ${wanted[line] ?? "nothing"}`);
  });
}

test("the condition of an alert is never cut within brackets", () => {
  const [, table = ""] = configurationPage().split("\n## Alerts\n");
  const cells = [...table.matchAll(/^\| \[(\w+)\]\(.*?\) \| .*? \| .*? \| (.*?) \|/gm)];
  assert.equal(cells.length, Object.keys(alerts).length);
  const count = (text: string, mark: string) => text.split(mark).length;
  assertNone(cells.filter(([, , fires = ""]) => count(fires, "(") !== count(fires, ")")).map(([row]) => row));
  const rollout = cells.find(([, name]) => name === "KubernetesDeploymentNotProgressing");
  assert.equal(
    rollout?.[2],
    "when a Deployment, StatefulSet or DaemonSet has had too few ready pods (for a Deployment, also up-to-date ones), with no change in the last 10 minutes, for 5 minutes",
  );
});

test("every key of the schema has a description", () => {
  const rows = configKeys.flatMap((key) => keysOf(schema.shape[key] as z.ZodType, key));
  const listedElsewhere = /^`(?:images\.(?!mirror)|alerting\.rules\.)|limits`$/i;
  assertNone(
    rows
      .filter(({ key, description }) => description === "" && !listedElsewhere.test(key))
      .map(({ key }) => `${key}: has no description; write .describe("…") in the schema`),
  );
});

test("every key of the schema has allowed values or a type without bounds", () => {
  const rows = configKeys.flatMap((key) => keysOf(schema.shape[key] as z.ZodType, key));
  const numbers = rows.filter(({ type, allowed }) => /number|integer|duration|choice/.test(type) && allowed === "");
  assertNone(
    numbers
      .filter(({ key }) => !/^`alerting\.rules\..*threshold`$/.test(key))
      .map(({ key, type }) => `${key}: is a ${type} without bounds`),
  );
});
