import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..", "..");

for (const [words, code, printed] of [
  [[], "undefined", { stdout: "", stderr: "" }],
  [["--help"], "0", { stdout: "help", stderr: "" }],
  [["-h", "unit"], "0", { stdout: "help", stderr: "" }],
  [["unit"], "2", { stdout: "", stderr: "help" }],
] as const) {
  test(`a script that takes no words ends with ${code} at [${words.join(" ")}]`, () => {
    const { href } = pathToFileURL(join(root, "scripts", "no-words.ts"));
    const program = `
      import { helpInstead } from ${JSON.stringify(href)};
      const code = helpInstead("help", ${JSON.stringify(words)});
      process.stdout.write(" " + code);`;
    const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
    });
    assert.deepEqual({ stdout, stderr }, { ...printed, stdout: `${printed.stdout} ${code}` });
  });
}

test("verify and drill mean the same stack when none is named, and say so alike", () => {
  const said = ["verify", "drill"].map((script) => {
    const { stdout } = spawnSync(process.execPath, [join(root, "scripts", `${script}.ts`), "--help"], {
      encoding: "utf8",
    });
    return /^ {2}--stack NAME +(.*)$/m.exec(stdout)?.[1];
  });
  const words = "the stack, as in Pulumi.<NAME>.yaml (default: the one started last, else dev)";
  assert.deepEqual(said, [words, words]);
});

test("./test.sh takes no words", (context) => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-test-sh-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const file of ["test.sh", "scripts/start/node.sh"]) cpSync(join(root, file), join(folder, file));
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(join(folder, "package-lock.json"), "{}");
  writeFileSync(join(folder, "node_modules", ".package-lock.json"), '{ "node_modules/@biomejs/biome": {} }');
  // In place of Node, so that a test.sh which goes on does not run this test once more.
  writeFileSync(join(folder, "node"), '#!/bin/sh\n[ "$1" = -e ] || echo "node $*"\n');
  chmodSync(join(folder, "node"), 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  const run = (...words: string[]) => {
    const { status, stdout, stderr } = spawnSync("bash", [join(folder, "test.sh"), ...words], {
      env,
      encoding: "utf8",
    });
    return { status, stdout, stderr };
  };
  const help = run("--help").stdout;
  assert.match(help, /^\.\/test\.sh {3}every test that needs no daemon/);
  assert.deepEqual(run("unit"), { status: 2, stdout: "", stderr: help });
  assert.deepEqual(run(), { status: 0, stdout: "node scripts/test.ts\n", stderr: "" });
});
