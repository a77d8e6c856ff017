import { existsSync, readFileSync } from "node:fs";
import { copyFile, mkdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { images } from "../../config/products/images.ts";
import { run } from "../lib/run-command.ts";
import { withScratchFolder } from "./cache.ts";

const wanted = /^\d+/.exec(images.node.tag)?.[0] ?? "";
const running = process.versions.node;
const folder = join(import.meta.dirname, "node");
const packageName = `node-linux-${process.arch}`;

/** The lock file pins the version and checksum of the package. */
const { optionalDependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
  readonly optionalDependencies: Readonly<Record<string, string>>;
};
const pinned = optionalDependencies[packageName] ?? "";

/** Distribution builds of Node link against a shared library and do not run elsewhere. */
const canCopyRunning =
  running.startsWith(`${wanted}.`) && (process.config.variables as Record<string, unknown>).node_shared !== true;

/** Node for the sandbox images: the running binary if its version matches, else the one from npm. */
export const nodeBinary = {
  version: canCopyRunning ? running : pinned,
  async ensure(cacheDir: string): Promise<string> {
    if (canCopyRunning) return process.execPath;
    const target = join(cacheDir, "programs", `node-${pinned}`, "node");
    if (!existsSync(target)) await install(target, cacheDir);
    return target;
  },
};

async function install(target: string, cacheDir: string): Promise<void> {
  await withScratchFolder(cacheDir, async (scratch) => {
    for (const name of ["package.json", "package-lock.json"]) await copyFile(join(folder, name), join(scratch, name));
    await run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: scratch });
    const binary = join(scratch, "node_modules", packageName, "bin", "node");
    // npm skips an optional package that it cannot download, or whose checksum differs.
    if (!existsSync(binary))
      throw new Error(`${packageName}@${pinned} could not be downloaded, or its checksum differs`);
    await mkdir(dirname(target), { recursive: true });
    await rename(binary, target);
  });
}
