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
 * Runs the end-to-end tests on the sandbox that match the patterns below `test/e2e`, one file at a time, in the order of
 * the patterns, and removes the sandbox afterwards. Refuses to begin if there is one already, except in CI. Returns the
 * exit code.
 */
export async function runSandboxTests(...patterns: readonly string[]): Promise<number> {
  const engine = await ensureDockerEngine(log);
  const volumes = (await run("docker", ["volume", "ls", "--quiet", "--filter", "name=^white-room-sandbox-"])).trim();
  if (volumes !== "" && !process.env.CI) {
    log(
      `The tests remove the sandbox and its data when they end, and there is one on this machine:\n  ${volumes.replaceAll("\n", "\n  ")}\n` +
        "If nothing in it matters, remove it with `npm run sandbox -- down --volumes`, then start the tests again.",
    );
    return 1;
  }
  if (patterns.some((files) => files.startsWith("browser/"))) await ensureViewerPackages(log);
  await buildSandboxImages({ log });
  try {
    return await nodeTests(patterns.flatMap((files) => globSync(`test/e2e/${files}`, { cwd: root }).sort()));
  } finally {
    await run(process.execPath, [join(root, "scripts/sandbox.ts"), "down", "--volumes"]);
    if (engine.started) await stopDockerEngine(log);
  }
}

/** Runs test files with Node's own runner, one at a time: they share the stack. */
export function nodeTests(files: readonly string[]): Promise<number> {
  const { promise, resolve: done } = Promise.withResolvers<number>();
  spawn(process.execPath, ["--test", "--test-concurrency=1", "--test-timeout=1200000", ...files], {
    cwd: root,
    stdio: "inherit",
  }).on("close", (code) => done(code ?? 1));
  return promise;
}
