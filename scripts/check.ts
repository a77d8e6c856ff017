import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { resolve } from "node:path";
import { helpInstead } from "./no-words.ts";
import { duration } from "./sandbox/run-command.ts";

const help = `npm run check

Biome, the compiler and the unit, component, golden and page tests, side by side: no network, no daemon. Exit code 1 when
one of them fails. One test file alone: node --test test/unit/config.test.ts
`;

const root = resolve(import.meta.dirname, "..");
const folders = ["unit", "components", "golden", "docs"];

interface Outcome {
  readonly name: string;
  readonly code: number;
  readonly milliseconds: number;
  readonly output: string;
}

/** Biome, the compiler and the tests that need neither network nor daemon, side by side; each one's output in one piece. */
async function check(): Promise<number> {
  const tests = folders.flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`, { cwd: root })).sort();
  const start = performance.now();
  const outcomes = await Promise.all(
    [
      run("Biome", "node_modules/.bin/biome", ["check", ...(process.env.CI ? ["--error-on-warnings"] : [])]),
      run("TypeScript", "node_modules/.bin/tsc", []),
      run("Tests", process.execPath, ["--test", "--test-reporter=dot", ...tests]),
    ].map(async (outcome) => show(await outcome)),
  );
  const failed = outcomes.filter(({ code }) => code !== 0).map(({ name }) => name);
  process.stdout.write(
    failed.length === 0
      ? `\nAll checks pass (${duration(performance.now() - start)}, ${tests.length} test files).\n`
      : `\nFailed: ${failed.join(", ")}.\n`,
  );
  return failed.length === 0 ? 0 : 1;
}

function run(name: string, command: string, args: readonly string[]): Promise<Outcome> {
  const { promise, resolve: done } = Promise.withResolvers<Outcome>();
  const start = performance.now();
  const child = spawn(command, args, { cwd: root, env: { ...process.env, PULUMI_ERROR_OUTPUT_STRING: "true" } });
  let output = "";
  const finish = (code: number) => done({ name, code, milliseconds: performance.now() - start, output });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  child.on("error", (error) => {
    output += `${error.message}\n`;
    finish(127);
  });
  child.on("close", (code) => finish(code ?? 1));
  return promise;
}

function show(outcome: Outcome): Outcome {
  const { name, code, milliseconds, output } = outcome;
  process.stdout.write(`${name}: ${code === 0 ? "ok" : "FAILED"} in ${duration(milliseconds)}\n`);
  if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`);
  return outcome;
}

process.exitCode = helpInstead(help, process.argv.slice(2)) ?? (await check());
