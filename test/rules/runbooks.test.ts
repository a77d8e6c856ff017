import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { alertNames } from "../../config/alerts/catalogue.ts";

const folder = fileURLToPath(new URL("../../runbooks/", import.meta.url));
const files = readdirSync(folder).filter((file) => file.endsWith(".md"));
const text = (file: string) => readFileSync(join(folder, file), "utf8");

/** Pages that go deeper than the runbook of one alert. */
const inDepth = ["SERVICE_DOWN.md", "AUDIO_OVERLOAD.md"];
const runbooks = [...alertNames.map((name) => `${name}.md`), ...inDepth];

const sections = [
  "What it means for users",
  "Confirm in two minutes",
  "Likely causes, in order",
  "What to do for each",
  "How to know it is over",
  "When to escalate",
  "What to write down",
];

/** Sections of a page and their text, by heading. */
function sectionsOf(file: string): Map<string, string> {
  const parts = text(file).split(/^## /m).slice(1);
  return new Map(parts.map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n")).trim()]));
}

function numbered(section: string): number {
  return section.split("\n").filter((line) => /^\d+\. /.test(line)).length;
}

test("every alert has its runbook, and there is no runbook without an alert", () => {
  assert.deepEqual(files.toSorted(), ["README.md", ...runbooks].sort());
});

test("a runbook has the seven sections in this order, none of them empty", () => {
  for (const file of runbooks) {
    const found = sectionsOf(file);
    assert.deepEqual([...found.keys()], sections, file);
    for (const [heading, body] of found) assert.ok(body.length > 20, `${file}: ${heading}`);
  }
});

test("every cause has an action", () => {
  for (const file of runbooks) {
    const found = sectionsOf(file);
    const causes = numbered(found.get("Likely causes, in order") ?? "");
    assert.ok(causes >= 2, `${file} names ${causes} causes`);
    assert.equal(numbered(found.get("What to do for each") ?? ""), causes, file);
  }
});

test("a runbook can be confirmed with a query and with commands for both platforms", () => {
  for (const file of runbooks) {
    const confirm = sectionsOf(file).get("Confirm in two minutes") ?? "";
    for (const needed of ["```promql", "On Docker:", "On Kubernetes:"])
      assert.ok(confirm.includes(needed), `${file}: ${needed}`);
    assert.match(confirm, /docker |curl /, file);
    assert.match(confirm, /kubectl /, file);
  }
});
