import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { z } from "zod";
import { configKeys, schema } from "../../config/schema.ts";
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
    assert.fail(`${file}:${line + 1} is stale: write \`npm run docs\`, and commit what it changes
  there is   ${there[line] ?? "nothing"}
  should be  ${wanted[line] ?? "nothing"}`);
  });
}

test("every key of the schema says what it means", () => {
  const rows = configKeys.flatMap((key) => keysOf(schema.shape[key] as z.ZodType, key));
  const listedElsewhere = /^`(?:images\.(?!mirror)|alerting\.rules\.)|limits`$/i;
  assertNone(
    rows
      .filter(({ key, description }) => description === "" && !listedElsewhere.test(key))
      .map(({ key }) => `${key}: has no description; write .describe("…") in the schema`),
  );
});

test("every key of the schema says what it takes, in a type or in words", () => {
  const rows = configKeys.flatMap((key) => keysOf(schema.shape[key] as z.ZodType, key));
  const numbers = rows.filter(({ type, allowed }) => /number|duration|choice/.test(type) && allowed === "");
  assertNone(
    numbers
      .filter(({ key }) => !/^`alerting\.rules\..*threshold`$/.test(key))
      .map(({ key, type }) => `${key}: is a ${type} without bounds`),
  );
});
