import { spawn } from "node:child_process";
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { run } from "../lib/run-command.ts";
import { buildSandboxImages } from "../offline/images.ts";
import { ensureViewerPackages } from "../offline/viewer.ts";
import { ensureDockerEngine, stopDockerEngine } from "./docker-engine.ts";

const root = resolve(import.meta.dirname, "../..");
const log = (line: string) => process.stdout.write(`${line}\n`);

/**
 * Runs the test files matching the patterns in `test/e2e` on one sandbox, one at a time and pattern by pattern, then removes
 * the sandbox. Fails if a sandbox already exists, except in CI. Returns the exit code of the last pattern that failed, or 0.
 */
export async function runSandboxTests(...patterns: readonly string[]): Promise<number> {
  const engine = await ensureDockerEngine(log);
  const volumes = (await run("docker", ["volume", "ls", "--quiet", "--filter", "name=^white-room-sandbox-"])).trim();
  if (volumes !== "" && !process.env.CI) {
    log(
      `The tests remove the sandbox and its data at the end, but a sandbox already exists:\n  ${volumes.replaceAll("\n", "\n  ")}\n` +
        "To delete its data, run `npm run sandbox -- down --volumes`, then run the tests again.",
    );
    return 1;
  }
  if (patterns.some((files) => files.startsWith("browser/"))) await ensureViewerPackages(log);
  await buildSandboxImages({ log });
  try {
    let failed = 0;
    // Node sorts the files of one run by name.
    for (const files of patterns) failed = (await nodeTests(globSync(`test/e2e/${files}`, { cwd: root }))) || failed;
    return failed;
  } finally {
    await run(process.execPath, [join(root, "scripts/sandbox.ts"), "down", "--volumes"]);
    if (engine.started) await stopDockerEngine(log);
  }
}

/** Runs test files with Node's test runner, one at a time because they share the stack. Returns the exit code. */
export function nodeTests(files: readonly string[]): Promise<number> {
  const { promise, resolve: done } = Promise.withResolvers<number>();
  spawn(process.execPath, ["--test", "--test-concurrency=1", "--test-timeout=1200000", ...files], {
    cwd: root,
    stdio: "inherit",
  }).on("close", (code) => done(code ?? 1));
  return promise;
}
