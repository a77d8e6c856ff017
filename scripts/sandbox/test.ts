import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../lib/run-command.ts";
import { buildSandboxImages } from "../offline/images.ts";
import { ensureViewerPackages } from "../offline/viewer.ts";
import { ensureDockerEngine, stopDockerEngine } from "./docker-engine.ts";

const root = resolve(import.meta.dirname, "../..");
const log = (line: string) => process.stdout.write(`${line}\n`);

/** One run of Node's test runner, which sorts the files by name. */
export interface TestRun {
  /** A glob pattern in `test/e2e`. */
  readonly files: string;
  /** How many files run at a time. One by default, because they share the sandbox. */
  readonly concurrency?: number;
}

/**
 * Runs tests on one sandbox, run by run, then removes the sandbox. Fails if a sandbox already exists, except in CI. Returns the
 * exit code of the last run that failed, or 0.
 */
export async function runSandboxTests(...runs: readonly TestRun[]): Promise<number> {
  const engine = await ensureDockerEngine(log);
  const volumes = (await run("docker", ["volume", "ls", "--quiet", "--filter", "name=^white-room-sandbox-"])).trim();
  if (volumes !== "" && !process.env.CI) {
    log(
      `The tests remove the sandbox and its data at the end, but a sandbox already exists:\n  ${volumes.replaceAll("\n", "\n  ")}\n` +
        "To delete its data, run `npm run sandbox -- down --volumes`, then run the tests again.",
    );
    return 1;
  }
  if (runs.some(({ files }) => files.includes("browser/"))) await ensureViewerPackages(log);
  await buildSandboxImages({ log });
  try {
    let failed = 0;
    for (const { files, concurrency } of runs)
      failed = (await nodeTests(globSync(`test/e2e/${files}`, { cwd: root }), concurrency)) || failed;
    return failed;
  } finally {
    await run(process.execPath, [join(root, "scripts/sandbox.ts"), "down", "--volumes"]);
    if (engine.started) await stopDockerEngine(log);
  }
}

/** Runs test files with Node's test runner, `concurrency` at a time. Returns the exit code. */
export function nodeTests(files: readonly string[], concurrency = 1): Promise<number> {
  const { promise, resolve: done } = Promise.withResolvers<number>();
  spawn(process.execPath, ["--test", `--test-concurrency=${concurrency}`, "--test-timeout=1200000", ...files], {
    cwd: root,
    stdio: "inherit",
  }).on("close", (code) => done(code ?? 1));
  return promise;
}
