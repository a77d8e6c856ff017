import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { freePort } from "../lib/free-port.ts";
import { run } from "../lib/run-command.ts";
import type { Log } from "../lib/step.ts";
import { ensureViewerPackages } from "../offline/viewer.ts";
import { deployedSettings } from "../start/deployed-settings.ts";
import { root } from "../start/stack-project.ts";
import { changedDashboards, dashboardFolder } from "./changed.ts";
import { readRecording } from "./recording.ts";
import { withRecording } from "./replay.ts";
import { type Sources, stackSources } from "./sources.ts";
import { inScratchFolder, startServer, writeDashboards } from "./viewer-server.ts";

export interface ScreenshotOptions {
  /** The running stack to query; with `shoot`, also the stack whose dashboards are shown. */
  readonly stack: string;
  readonly theme: string;
  readonly width: string;
  /** Folder of a recording to query instead of the running stack. */
  readonly data: string | undefined;
}

/** Milliseconds until all samples and lines have arrived. */
export const arrival = 30_000;

/** Writes a PNG of each dashboard of a stack. */
export async function shoot(target: string, options: ScreenshotOptions, log: Log): Promise<void> {
  await withSources(options, log, (sources, end) =>
    inScratchFolder(async (folder) => {
      await writeDashboards(options.stack, folder);
      // The data of a recording ends in the past.
      const range = options.data === undefined ? [] : lastHalfHour(end);
      await takeScreenshots(sources, folder, target, options, log, ...range);
    }),
  );
}

/** Writes a PNG before and after for each dashboard that differs between two rendered stacks. */
export async function compare(
  before: string,
  after: string,
  target: string,
  options: ScreenshotOptions,
  log: Log,
): Promise<void> {
  const sides = [
    { folder: dashboardFolder(before), suffix: "-before" },
    { folder: dashboardFolder(after), suffix: "-after" },
  ];
  const changed = changedDashboards(dashboardFolder(before), dashboardFolder(after));
  if (changed.length === 0) return log("No dashboards changed.");
  await withSources(options, log, async (sources, end) => {
    for (const { folder, suffix } of sides) {
      const existing = changed.filter((uid) => existsSync(join(folder, `${uid}.json`)));
      if (existing.length === 0) continue;
      const only = existing.flatMap((uid) => ["--only", uid]);
      const args = [...lastHalfHour(end), ...only, `--suffix=${suffix}`];
      await takeScreenshots(sources, folder, target, options, log, ...args);
    }
  });
}

/** Runs `work` with the recording, if any, or else with the running stack. `end` is the last time with data. */
async function withSources(
  { stack, data }: ScreenshotOptions,
  log: Log,
  work: (sources: Sources, end: number) => Promise<void>,
): Promise<void> {
  const recording = data === undefined ? undefined : { data, ...readRecording(data) };
  await ensureViewerPackages(log);
  if (recording === undefined) return work(stackSources(deployedSettings(stack)), Date.now() - arrival);
  await inScratchFolder((scratch) => withRecording(recording.data, scratch, (sources) => work(sources, recording.end)));
}

/** The same range for all screenshots. */
function lastHalfHour(end: number): string[] {
  return ["--from", String(end - 1_800_000), "--to", String(end)];
}

async function takeScreenshots(
  sources: Sources,
  folder: string,
  target: string,
  { theme, width }: ScreenshotOptions,
  log: Log,
  ...extraArgs: string[]
): Promise<void> {
  const { server, url } = await startServer(sources, folder, await freePort(), log);
  try {
    const args = ["--url", url, "--theme", theme, "--width", width, ...extraArgs, resolve(target)];
    log((await run(process.execPath, [join(root, "viewer/commands/shoot.ts"), ...args])).trimEnd());
  } finally {
    server.kill();
  }
}
