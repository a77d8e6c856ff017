import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Log, run, step } from "../sandbox/run-command.ts";
import { root } from "../start/stack-project.ts";

const folder = join(root, "viewer");

/** Installs the viewer's packages in the checkout where they are missing: the browser's driver is one of them. */
export async function ensureViewerPackages(log: Log): Promise<void> {
  const installed = join(folder, "node_modules", ".package-lock.json");
  const isCurrent =
    existsSync(join(folder, "node_modules", "playwright-core")) &&
    statSync(installed).mtimeMs >= statSync(join(folder, "package-lock.json")).mtimeMs;
  if (isCurrent) return;
  await step(log, "Installing the viewer's packages", () =>
    run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: folder }),
  );
}
