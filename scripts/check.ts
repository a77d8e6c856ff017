import { globSync } from "node:fs";
import { resolve } from "node:path";
import { helpInstead } from "./lib/no-words.ts";
import { duration } from "./lib/step.ts";
import { type Outcome, runCommand } from "./test/command.ts";
import { checkSuites } from "./test/suites.ts";

const help = `npm run check

Runs Biome, the compiler, the prose linter and the unit, component and page tests at the same time. Needs no network and
no daemon. Exits with 1 if any of them fails. To run a single test file: node --test test/unit/config.test.ts
`;

const root = resolve(import.meta.dirname, "..");

async function check(): Promise<number> {
  const tests = checkSuites.flatMap((folder) => globSync(`test/${folder}/**/*.test.ts`, { cwd: root })).sort();
  const start = performance.now();
  const outcomes = await Promise.all(
    [
      runCommand("Biome", "node_modules/.bin/biome", ["check", ...(process.env.CI ? ["--error-on-warnings"] : [])]),
      runCommand("TypeScript", "node_modules/.bin/tsc", []),
      runCommand("Prose", "node_modules/.bin/textlint", [".", ".github"]),
      runCommand("Tests", process.execPath, ["--test", "--test-reporter=dot", ...tests]),
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

function show(outcome: Outcome): Outcome {
  const { name, code, milliseconds, output } = outcome;
  process.stdout.write(`${name}: ${code === 0 ? "ok" : "FAILED"} in ${duration(milliseconds)}\n`);
  if (code !== 0) process.stdout.write(`${output.trimEnd()}\n`);
  return outcome;
}

process.exitCode = helpInstead(help, process.argv.slice(2)) ?? (await check());
