import { existsSync } from "node:fs";
import { rename, symlink } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../lib/find-program.ts";
import { tryRun } from "../lib/run-command.ts";
import { withScratchFolder } from "./cache.ts";
import { UnstableSuite } from "./debian.ts";

/** First Go version that downloads the toolchain a module requires. */
const oldestMinor = 21;

let found: Promise<string> | undefined;

/** Path of the `go` command: the installed one, else one from Debian in the cache. */
export function ensureGo(cacheDir: string): Promise<string> {
  found ??= findGo(cacheDir);
  return found;
}

async function findGo(cacheDir: string): Promise<string> {
  const installed = findProgram("go");
  if (installed !== undefined) {
    const { stdout } = await tryRun(installed, ["env", "GOVERSION"]);
    const minor = /^go1\.(\d+)/.exec(stdout)?.[1];
    if (minor !== undefined && Number(minor) >= oldestMinor) return installed;
  }
  const toolchain = join(cacheDir, "go-toolchain");
  if (!existsSync(toolchain)) await unpackGo(toolchain, cacheDir, installed);
  return join(toolchain, "current", "bin", "go");
}

async function unpackGo(toolchain: string, cacheDir: string, installed: string | undefined): Promise<void> {
  try {
    await withScratchFolder(cacheDir, async (scratch) => {
      const debian = await UnstableSuite.open(join(scratch, "apt"));
      const compiler = (await debian.dependencies("golang-go")).find((name) => /^golang-1\.\d+-go$/.test(name));
      if (compiler === undefined) throw new Error("golang-go depends on no golang-1.x-go");
      const root = join(scratch, "root");
      await debian.unpack([compiler, compiler.replace(/-go$/, "-src")], root);
      await symlink(`usr/lib/${compiler.replace(/^golang-(.*)-go$/, "go-$1")}`, join(root, "current"));
      await rename(root, toolchain);
    });
  } catch (error) {
    const state = installed === undefined ? "Go is not installed" : `${installed} is older`;
    throw new Error(
      `Building the sandbox requires Go 1.${oldestMinor} or newer; ${state}, and the download failed. ` +
        `Install Go (https://go.dev/doc/install) and try again.\n${(error as Error).message}`,
    );
  }
}
