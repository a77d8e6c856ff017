import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../lib/run-command.ts";
import type { Log } from "../lib/step.ts";
import { cacheFolder } from "../offline/cache.ts";
import { ensureViewer } from "../offline/viewer.ts";
import { root } from "../start/stack-project.ts";
import type { Sources } from "./sources.ts";

export interface Started {
  readonly server: ChildProcess;
  readonly url: string;
}

/** Starts the viewer for a folder of dashboards. */
export async function startServer(sources: Sources, folder: string, port: number, log: Log): Promise<Started> {
  const viewer = await ensureViewer(cacheFolder(), log);
  const server = spawn(
    process.execPath,
    [join(viewer, "server.mjs"), "--watch", "--port", String(port), "--dashboards", folder, ...options(sources)],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const url = `http://localhost:${port}`;
  await waitUntilReady(url);
  return { server, url };
}

function options({ prometheus, scrapeInterval, loki, alertmanager }: Sources): string[] {
  return [
    ...["--prometheus", prometheus, "--scrape-interval", scrapeInterval],
    ...(loki === undefined ? [] : ["--loki", loki]),
    ...(alertmanager === undefined ? [] : ["--alertmanager", alertmanager]),
  ];
}

async function waitUntilReady(url: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (
      await fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`The viewer at ${url} does not respond; see its output above.`);
}

/** Writes the dashboards of a stack. Uses a child process, so that edited source files are loaded again. */
export function writeDashboards(stack: string, folder: string): Promise<string> {
  return run(process.execPath, [join(root, "scripts/dashboards/write.ts"), stack, folder]);
}

/** Runs `work` with a temporary folder, which is removed when the process exits. */
export async function inScratchFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "white-room-dashboards-"));
  // Also runs after Ctrl+C.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await work(folder);
}
