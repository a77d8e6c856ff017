import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { furtherPrograms, leftOutVariable } from "../../scripts/test/programs.ts";
import { checkSuites, endToEndSuites, programSuites, sampleSuites, slowFiles } from "../../scripts/test/suites.ts";
import { leftOutText, type Recorded, type Row, summaryTable } from "../../scripts/test/summary.ts";

const root = resolve(import.meta.dirname, "..", "..");

test("each folder with tests is in one suite, and each suite has tests", () => {
  const suites = [...checkSuites, ...sampleSuites, ...programSuites, ...endToEndSuites].sort();
  const files = globSync("test/**/*.test.ts", { cwd: root });
  const folders = new Set(files.map((file) => file.split(/[\\/]/)[1]));
  assert.deepEqual([...folders].sort(), suites);
});

test("each slow file exists", () => {
  assert.deepEqual(
    slowFiles.filter((file) => !existsSync(join(root, file))),
    [],
  );
});

test("CI runs every test", () => {
  assert.match(readFileSync(join(root, ".ci", "run"), "utf8"), /^suite tests \.\/test\.sh --all$/m);
});

test("skips, counts and names tests that need a slow program; runs all others", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-suites-"));
  context.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "some.test.ts");
  writeFileSync(
    file,
    `import { describe, test } from "node:test";
    import { needs } from ${JSON.stringify(join(root, "test", "binaries.ts"))};
    for (const name of ${JSON.stringify(furtherPrograms)}) test(name, needs("promtool", name), () => {});
    describe("group", needs("loki"), () => { test("in it", () => {}); });
    test("passes", () => {});
    test("fails", () => { throw new Error("no"); });
    test("planned", { todo: true }, () => { throw new Error("no"); });
    test("skipped", { skip: "no such tool" }, () => {});`,
  );
  const { CI: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  const record = `--test-reporter=${join(root, "scripts", "test", "record.ts")}`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--test", record, file], {
    cwd: root,
    env: { ...env, [leftOutVariable]: furtherPrograms.join(",") },
    encoding: "utf8",
  });
  assert.notEqual(stdout, "", stderr);
  // The name of a suite is that of its folder, which this file does not have.
  const [recorded] = Object.values(JSON.parse(stdout) as Record<string, Recorded>);
  const { leftOut, milliseconds = 0, ...counts } = recorded ?? {};
  assert.deepEqual(counts, { passed: 1, failed: 1, skipped: 1 });
  assert.ok(milliseconds > 0);
  assert.deepEqual(Object.values(leftOut ?? {}), [furtherPrograms.length + 1]);
});

test("the summary has a row per step, and lists the tests left out with the command to run them", () => {
  const rows: Row[] = [
    { name: "Biome", code: 0, milliseconds: 1_000 },
    {
      name: "unit",
      code: 1,
      milliseconds: 2_000,
      recorded: { passed: 7, failed: 2, skipped: 1, milliseconds: 2_000, leftOut: {} },
    },
    {
      name: "logs",
      code: 0,
      milliseconds: 300,
      recorded: { passed: 3, failed: 0, skipped: 0, milliseconds: 300, leftOut: { "a.ts": 4 } },
    },
  ];
  assert.deepEqual(summaryTable(rows, 61_000).split("\n"), [
    "Suite            Time            Passed  Failed  Skipped  Left out",
    "Biome            1.0 s",
    "unit             2.0 s                7       2        1         0   FAILED",
    "logs             0.3 s                3       0        0         4",
    "total            1 min 01 s          10       2        1         4   FAILED",
    "Suites run in parallel, so the total is shorter than their sum.",
  ]);
  assert.equal(
    leftOutText(rows, ["loki", "promtail"], ["b.ts"]),
    [
      "Left out because they need loki or promtail:",
      "  a.ts  4",
      "Left out because they are slow or test code samples:",
      "  b.ts",
      "Run them with ./test.sh --all.",
    ].join("\n"),
  );
  assert.equal(leftOutText(rows.slice(0, 2), ["loki"], []), "");
});
