import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { tryRun } from "../lib/run-command.ts";
import { duration, type Log } from "../lib/step.ts";
import { explainBuildFailure } from "./build-failure.ts";
import { removeAbandoned, shortHash } from "./cache.ts";
import { type GoProgram, ModuleBuild } from "./go-build.ts";

/** A program and its path in the cache. */
export interface BuiltProgram {
  readonly program: GoProgram;
  readonly path: string;
}

/** Milliseconds between progress lines. */
const reportInterval = 15_000;

/**
 * Cache path of a program; the file may not exist yet. The path contains a hash of the inputs, so checkouts with different
 * versions can share the cache.
 */
export function programPath(name: string, program: GoProgram, cacheDir: string): string {
  const source = program.source === undefined ? null : readFileSync(join(program.source, "main.go"), "utf8");
  return join(cacheDir, "programs", `${name}-${shortHash({ ...program, source })}`, name);
}

/** Builds missing programs in the given order, one module at a time, and links each as `<cache>/bin/<name>`. */
export async function ensureBuilt(programs: readonly BuiltProgram[], cacheDir: string, log: Log): Promise<void> {
  const missing = programs.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) {
    await removeAbandoned(cacheDir);
    await buildModules(byModule(missing), cacheDir, log);
  }
  for (const { path } of programs) await link(path, cacheDir);
}

/** Downloads the modules of missing programs in advance. Ignores failures: the build reports them. */
export async function downloadAhead(programs: readonly BuiltProgram[], cacheDir: string): Promise<void> {
  const groups = byModule(programs.filter(({ path }) => !existsSync(path)));
  for (const preparation of prepareInOrder(groups, cacheDir))
    await preparation.then((build) => build.dispose()).catch(() => {});
}

/** Returns whether a program starts. Removes one that does not, so that the next build replaces it. */
export async function startsOrIsRemoved(path: string): Promise<boolean> {
  const { code } = await tryRun(path, ["--version"], { timeout: 30_000 });
  if (code === 0) return true;
  await rm(path, { force: true });
  return false;
}

type Group = readonly [BuiltProgram, ...BuiltProgram[]];

/** Groups programs that differ only in their package; they are compiled together. */
function byModule(programs: readonly BuiltProgram[]): Group[] {
  const groups = Map.groupBy(programs, ({ program }) => shortHash({ ...program, package: "" }));
  return [...groups.values()] as unknown as Group[];
}

/**
 * Links one module while the next one compiles and later ones download. The first failure aborts the others; Go's build
 * cache keeps what they compiled.
 */
async function buildModules(groups: readonly Group[], cacheDir: string, log: Log): Promise<void> {
  const abort = new AbortController();
  const preparations = prepareInOrder(groups, cacheDir, abort.signal);
  const links: Promise<void>[] = [];
  try {
    for (const [index, group] of groups.entries()) {
      const { compiled, linked } = startBuild(group, preparations[index], log);
      linked.catch(() => {});
      links.push(linked);
      await Promise.race([compiled, linked]);
    }
    await Promise.all(links);
  } catch (error) {
    abort.abort();
    throw error;
  } finally {
    await Promise.allSettled(links);
    for (const preparation of preparations) await preparation.then((build) => build.dispose()).catch(() => {});
  }
}

/** Failures surface when the preparation is awaited. */
function prepareInOrder(groups: readonly Group[], cacheDir: string, signal?: AbortSignal): Promise<ModuleBuild>[] {
  let last: Promise<unknown> = Promise.resolve();
  return groups.map((group) => {
    const [{ program }, ...others] = group;
    const programs = [program, ...others.map((one) => one.program)] as const;
    const preparation = last.then(() => ModuleBuild.prepare(programs, cacheDir, signal));
    last = preparation.catch(() => {});
    preparation.catch(() => {});
    return preparation;
  });
}

function startBuild(group: Group, preparation: Promise<ModuleBuild> | undefined, log: Log) {
  const { promise: compiled, resolve } = Promise.withResolvers<void>();
  const label = `${group.map(({ path }) => basename(path)).join(", ")} ${group[0].program.version}`;
  return { compiled, linked: build(group, label, preparation, resolve, log) };
}

async function build(
  group: Group,
  label: string,
  preparation: Promise<ModuleBuild> | undefined,
  onCompiled: () => void,
  log: Log,
): Promise<void> {
  const start = performance.now();
  const elapsed = () => duration(performance.now() - start);
  let state = "downloading modules";
  const reporter = setInterval(() => log(`  ${label}: ${state}, ${elapsed()}`), reportInterval);
  try {
    const prepared = await preparation;
    state = "checking the build cache";
    await prepared?.build(
      group.map(({ path }) => path),
      (done, total) => {
        state = done < total ? `${done} of ${total} packages` : "linking";
        if (done === total) onCompiled();
      },
    );
    log(`  ${label}: built in ${elapsed()}`);
  } catch (error) {
    throw new Error(explainBuildFailure(label, (error as Error).message));
  } finally {
    clearInterval(reporter);
  }
}

/** Points `<cache>/bin/<name>` at the version requested last. */
export async function link(path: string, cacheDir: string): Promise<void> {
  const folder = join(cacheDir, "bin");
  const fresh = join(folder, `.${basename(path)}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  await rm(fresh, { force: true });
  await symlink(path, fresh);
  await rename(fresh, join(folder, basename(path)));
}
