import { globSync } from "node:fs";
import { resolve } from "node:path";
import { ensureDockerEngine } from "./sandbox/docker-engine.ts";
import { buildSandboxImages } from "./sandbox/images.ts";
import { findProgram } from "./sandbox/run-command.ts";
import { nodeTests, runSandboxTests } from "./sandbox/test.ts";

const root = resolve(import.meta.dirname, "..");
const log = (line: string) => process.stdout.write(`${line}\n`);

const help = `npm run test:e2e [-- --engine | --sandbox]

The end-to-end tests: on the sandbox, and on the real engine as well when \`pulumi\` is on PATH.

  --engine   only those on the engine
  --sandbox  only those on the sandbox
`;

async function engineTests(): Promise<number> {
  if (findProgram("pulumi") === undefined) {
    log("There is no `pulumi` on PATH: the tests on the real engine are left out.");
    return 0;
  }
  await ensureDockerEngine(log);
  await buildSandboxImages({ log });
  return nodeTests(globSync("test/e2e/engine/*.test.ts", { cwd: root }));
}

const words = process.argv.slice(2);
if (words.some((word) => !["--engine", "--sandbox"].includes(word))) {
  process.stdout.write(help);
  process.exitCode = words.includes("--help") ? 0 : 2;
} else {
  const sandbox = words.includes("--engine") ? 0 : await runSandboxTests();
  const engine = words.includes("--sandbox") ? 0 : await engineTests();
  process.exitCode = sandbox || engine;
}
