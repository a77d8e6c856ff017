import { existsSync } from "node:fs";
import { mkdir, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { images } from "../../config/products/images.ts";
import { run } from "../lib/run-command.ts";
import { withScratchFolder } from "./cache.ts";

const wanted = /^\d+/.exec(images.node.tag)?.[0] ?? "";
const running = process.versions.node;

/** Distribution builds of Node link against a shared library and do not run elsewhere. */
const canCopyRunning =
  running.startsWith(`${wanted}.`) && (process.config.variables as Record<string, unknown>).node_shared !== true;

/** Node for the sandbox images: the running binary if its version matches, else the one from npm. */
export const nodeBinary = {
  version: canCopyRunning ? running : wanted,
  async ensure(cacheDir: string): Promise<string> {
    if (canCopyRunning) return process.execPath;
    const target = join(cacheDir, "programs", `node-${wanted}`, "node");
    if (!existsSync(target)) await unpack(target, cacheDir);
    return target;
  },
};

async function unpack(target: string, cacheDir: string): Promise<void> {
  await withScratchFolder(cacheDir, async (scratch) => {
    await run("npm", ["pack", `node-linux-${process.arch}@${wanted}`], { cwd: scratch });
    const [archive] = (await readdir(scratch)).filter((name) => name.endsWith(".tgz"));
    if (archive === undefined) throw new Error("npm pack did not write an archive of Node");
    await run("tar", ["-xzf", archive, "package/bin/node"], { cwd: scratch });
    await mkdir(dirname(target), { recursive: true });
    await rename(join(scratch, "package", "bin", "node"), target);
  });
}
