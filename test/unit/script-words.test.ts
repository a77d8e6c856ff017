import assert from "node:assert/strict";
import { execFile, spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { type TestContext, test } from "node:test";
import { pathToFileURL } from "node:url";

const root = resolve(import.meta.dirname, "..", "..");

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, words: readonly string[], env = process.env): Promise<Ended> {
  return new Promise((done) => {
    execFile(program, words, { cwd: root, env }, (error, stdout, stderr) => {
      done({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };

/** Command as users type it → program and first arguments. */
const commands = new Map(
  Object.entries(scripts).map(([name, command]) => {
    const [, file] = /^bash scripts\/run\.sh (\S+\.ts)$/.exec(command) ?? [];
    assert.ok(file !== undefined, `npm run ${name} is not run by scripts/run.sh`);
    return [`npm run ${name}`, [process.execPath, file] as const];
  }),
);
commands.set("./test.sh", ["bash", "test.sh"]);
// start.sh passes its arguments to this script, but handles -h itself, because Node may not be installed yet.
commands.set("./start.sh", [process.execPath, "scripts/start/main.ts"]);

for (const [name, [program, file]] of commands) {
  test(`${name} prints its help with exit code 0, and with 2 for an unknown word`, async () => {
    const start = name === "./start.sh";
    const [long, short, unknown] = await Promise.all([
      start ? run("bash", ["start.sh", "--help"]) : run(program, [file, "--help"]),
      start ? run("bash", ["start.sh", "-h"]) : run(program, [file, "-h"]),
      run(program, [file, "--no-such-word"]),
    ]);
    assert.ok(long.stdout.startsWith(name), long.stdout);
    assert.deepEqual(long, { code: 0, stdout: long.stdout, stderr: "" });
    assert.deepEqual(short, long);
    assert.deepEqual({ ...unknown, stderr: "" }, { code: 2, stdout: "", stderr: "" });
    assert.ok(unknown.stderr.endsWith(long.stdout), unknown.stderr);
  });
}

for (const [words, code, printed] of [
  [[], "undefined", { stdout: "", stderr: "" }],
  [["--help"], "0", { stdout: "help", stderr: "" }],
  [["-h", "unit"], "0", { stdout: "help", stderr: "" }],
  [["unit"], "2", { stdout: "", stderr: "help" }],
] as const) {
  test(`a script without arguments exits with ${code} for [${words.join(" ")}]`, () => {
    const { href } = pathToFileURL(join(root, "scripts", "lib", "no-words.ts"));
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

test("verify and drill have the same default stack and help text", () => {
  const said = ["verify", "drill"].map((script) => {
    const { stdout } = spawnSync(process.execPath, [join(root, "scripts", `${script}.ts`), "--help"], {
      encoding: "utf8",
    });
    return /^ {2}--stack NAME +(.*)$/m.exec(stdout)?.[1];
  });
  const words = "stack with a Pulumi.<NAME>.yaml (default: the one started last, or dev)";
  assert.deepEqual(said, [words, words]);
});

/** How `test.sh` calls Node, in a folder where nothing has to be installed. */
function calledByTestSh(context: TestContext, ...words: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "white-room-test-sh-"));
  context.after(() => rmSync(folder, { recursive: true }));
  for (const file of ["test.sh", "node-version.mjs", "scripts/start/node.sh"])
    cpSync(join(root, file), join(folder, file));
  mkdirSync(join(folder, "node_modules"));
  writeFileSync(join(folder, "package-lock.json"), "{}");
  writeFileSync(join(folder, "node_modules", ".package-lock.json"), '{ "node_modules/@biomejs/biome": {} }');
  // A fake Node, so that test.sh does not run this test again.
  writeFileSync(join(folder, "node"), '#!/bin/sh\n[ "$1" = --input-type=module ] || echo "node $*"\n');
  chmodSync(join(folder, "node"), 0o755);
  const env = { ...process.env, PATH: `${folder}${delimiter}${process.env.PATH}` };
  return run("bash", [join(folder, "test.sh"), ...words], env);
}

test("./test.sh runs the quick tests, with --all every test", async (context) => {
  const called = (words: string) => ({ code: 0, stdout: `node scripts/test.ts${words}\n`, stderr: "" });
  assert.deepEqual(await calledByTestSh(context), called(""));
  assert.deepEqual(await calledByTestSh(context, "--all"), called(" --all"));
});
