import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { shortHash, withScratchFolder } from "./cache.ts";
import { buildFromModule, downloadModules, type GoProgram } from "./go-build.ts";
import { duration, type Log } from "./run-command.ts";

/** A program and its place in the cache. */
export interface BuiltProgram {
  readonly program: GoProgram;
  readonly path: string;
  /** What the build needs of this machine, found when it begins. */
  readonly prepare?: (program: GoProgram, scratch: string, log: Log) => Promise<GoProgram>;
}

/**
 * Where a built program is kept, whether it is there or not. The name carries a hash of what goes in, so that checkouts
 * with other versions share the cache; `prepared`: whether the build is prepared on this machine.
 */
export function programPath(name: string, program: GoProgram, prepared: boolean, cacheDir: string): string {
  const source = program.source === undefined ? null : readFileSync(join(program.source, "main.go"), "utf8");
  return join(cacheDir, "programs", `${name}-${shortHash({ ...program, source }, prepared)}`, name);
}

/** Builds those programs that are missing, in this order, and links each as `<cache>/bin/<name>`. */
export async function ensureBuilt(programs: readonly BuiltProgram[], cacheDir: string, log: Log): Promise<void> {
  const missing = programs.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) {
    const names = missing.map(({ path }) => basename(path)).join(", ");
    log(`Building ${names}: minutes the first time, then they are kept in ${cacheDir}`);
    const downloads = downloadAhead(missing, cacheDir);
    for (const program of missing) await build(program, cacheDir, log);
    await downloads;
  }
  for (const { path } of programs) await link(path, cacheDir);
}

async function build({ program, path, prepare }: BuiltProgram, cacheDir: string, log: Log): Promise<void> {
  const start = performance.now();
  const named = `${basename(path)} ${program.version}`;
  log(`${named}: building …`);
  await withScratchFolder(cacheDir, async (scratch) => {
    const complete = prepare === undefined ? program : await prepare(program, scratch, log);
    await buildFromModule(complete, path, cacheDir);
  });
  log(`${named}: built in ${duration(performance.now() - start)}`);
}

/** Fetches the later programs' modules while the earlier ones compile. A failure shows again, and counts, in the build. */
async function downloadAhead(programs: readonly BuiltProgram[], cacheDir: string): Promise<void> {
  for (const { program } of programs) await downloadModules(program, cacheDir).catch(() => {});
}

/** `<cache>/bin/<name>` is the one that was asked for last. */
async function link(path: string, cacheDir: string): Promise<void> {
  const folder = join(cacheDir, "bin");
  const fresh = join(folder, `.${basename(path)}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  await rm(fresh, { force: true });
  await symlink(path, fresh);
  await rename(fresh, join(folder, basename(path)));
}
