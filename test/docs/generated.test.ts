import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { z } from "zod";
import { alerts } from "../../config/alerts/catalogue.ts";
import { configKeys, schema } from "../../config/settings/schema.ts";
import { configurationPage } from "../../scripts/docs/configuration.ts";
import { exampleValues } from "../../scripts/docs/example-values.ts";
import { exampleOf, isPem, writtenFor } from "../../scripts/docs/examples.ts";
import { keysOf } from "../../scripts/docs/schema-keys.ts";
import { taskOf, tasks } from "../../scripts/docs/tasks.ts";
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

const rows = configKeys.flatMap((key) => keysOf(schema.shape[key] as z.ZodType, key));
const listedElsewhere = /^(?:images\.(?!mirror)|alerting\.rules\.)|limits$/i;

test("every key of the schema has a description", () => {
  assertNone(
    rows
      .filter(({ path, description }) => description === "" && !listedElsewhere.test(path))
      .map(({ path }) => `${path}: has no description; write .describe("…") in the schema`),
  );
});

test("every key of the schema has allowed values or a type without bounds", () => {
  const numbers = rows.filter(({ type, allowed }) => /number|integer|duration|choice/.test(type) && allowed === "");
  assertNone(
    numbers
      .filter(({ path }) => !/^alerting\.rules\..*threshold$/.test(path))
      .map(({ path, type }) => `${path}: is a ${type} without bounds`),
  );
});

test("every key of the schema has an example that it accepts", () => {
  assertNone(
    rows
      .filter(({ node, path }) => !listedElsewhere.test(path) && !isPem(node))
      .filter(({ node, path }) => !node.safeParse(exampleOf(node, path)).success)
      .map(({ path }) => `${path}: has no valid example; add one to scripts/docs/example-values.ts`),
  );
  const used = new Set(rows.map(({ node, path }) => writtenFor(node, path)));
  assertNone(
    Object.keys(exampleValues)
      .filter((key) => !used.has(key))
      .map((key) => `scripts/docs/example-values.ts: no key uses the example of ${key}`),
  );
});

test("every key of the schema belongs to a task, and every task has keys", () => {
  assertNone(
    rows
      .filter(({ path }) => taskOf(path) === undefined)
      .map(({ path }) => `${path}: belongs to no task; add it to scripts/docs/tasks.ts`),
  );
  for (const { title, keys } of tasks)
    for (const key of keys)
      assert.ok(
        rows.some(({ path }) => path.startsWith(key) && taskOf(path)?.title === title),
        `${title}: ${key}`,
      );
});
