import { existsSync, statSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { run } from "../lib/run-command.ts";
import { type Log, step } from "../lib/step.ts";
import { cacheFolder, shortHash, withScratchFolder } from "./cache.ts";

const source = resolve(import.meta.dirname, "../../viewer");

/** Build output, and files that are not part of the viewer. */
const ignored = ["node_modules", "dist", "README.md", "browser", "commands"];

/** Cache path of the built viewer (`server.mjs` and `assets/`); it may not exist yet. */
export async function viewerFolder(cacheDir = cacheFolder()): Promise<string> {
  return join(cacheDir, "viewer", await viewerHash());
}

/**
 * Builds the viewer unless the cache has it. Returns its path. Packages missing from the checkout are installed in a
 * temporary folder: half a gigabyte, of which the build keeps 6 MB.
 */
export async function ensureViewer(cacheDir: string, log: Log): Promise<string> {
  const target = await viewerFolder(cacheDir);
  if (existsSync(target)) return target;
  await step(log, "Building the dashboard viewer", () =>
    withScratchFolder(cacheDir, async (scratch) => {
      const folder = hasViewerPackages() ? source : join(scratch, "viewer");
      if (folder !== source) {
        const isSource = (path: string) => !ignored.includes(path.slice(source.length + 1));
        await cp(source, folder, { recursive: true, filter: isSource });
        await installPackages(folder, "--omit=dev");
      }
      const built = join(scratch, "built");
      await run(process.execPath, [join(folder, "build.ts"), "--out", built]);
      await mkdir(dirname(target), { recursive: true });
      await rename(built, target);
    }),
  );
  await removeOthers(target);
  return target;
}

/** Installs the viewer's packages in the checkout if missing. They include the browser driver. */
export async function ensureViewerPackages(log: Log): Promise<void> {
  if (hasViewerPackages()) return;
  await step(log, "Installing the viewer's packages", () => installPackages(source));
}

/** True if the checkout has all packages of the lock file, including development dependencies. */
function hasViewerPackages(): boolean {
  const installed = join(source, "node_modules", ".package-lock.json");
  return (
    existsSync(installed) &&
    existsSync(join(source, "node_modules", "playwright-core")) &&
    statSync(installed).mtimeMs >= statSync(join(source, "package-lock.json")).mtimeMs
  );
}

/** None of the packages needs install scripts. */
async function installPackages(folder: string, ...options: string[]): Promise<void> {
  const quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await run("npm", ["ci", ...quiet, ...options], { cwd: folder });
}

/** Hash of the viewer's sources and lock file. */
async function viewerHash(): Promise<string> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(source.length + 1))
    .filter((path) => !ignored.includes(path.split("/")[0] ?? ""));
  return shortHash(
    await Promise.all(paths.sort().map(async (path) => [path, await readFile(join(source, path), "utf8")])),
  );
}

async function removeOthers(kept: string): Promise<void> {
  const folder = dirname(kept);
  for (const name of await readdir(folder)) {
    if (join(folder, name) !== kept) await rm(join(folder, name), { recursive: true, force: true });
  }
}
