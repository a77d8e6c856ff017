import { existsSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { duration, type Log, tryRun } from "../lib/run-command.ts";
import { explainBuildFailure } from "./build-failure.ts";
import { removeAbandoned, shortHash } from "./cache.ts";
import { type GoProgram, ModuleBuild } from "./go-build.ts";

/** A program and its place in the cache. */
export interface BuiltProgram {
  readonly program: GoProgram;
  readonly path: string;
}

/** Milliseconds between two lines about a build that goes on. */
const reportInterval = 15_000;

/**
 * Where a built program is kept, whether it is there or not. The name carries a hash of what goes in, so that checkouts
 * with other versions share the cache.
 */
export function programPath(name: string, program: GoProgram, cacheDir: string): string {
  const source = program.source === undefined ? null : readFileSync(join(program.source, "main.go"), "utf8");
  return join(cacheDir, "programs", `${name}-${shortHash({ ...program, source })}`, name);
}

/** Builds those programs that are missing, module by module in this order, and links each as `<cache>/bin/<name>`. */
export async function ensureBuilt(programs: readonly BuiltProgram[], cacheDir: string, log: Log): Promise<void> {
  const missing = programs.filter(({ path }) => !existsSync(path));
  if (missing.length > 0) {
    await removeAbandoned(cacheDir);
    await buildModules(byModule(missing), cacheDir, log);
  }
  for (const { path } of programs) await link(path, cacheDir);
}

/** Downloads what missing programs are built from, while there is something else to do. A failure counts in the build. */
export async function downloadAhead(programs: readonly BuiltProgram[], cacheDir: string): Promise<void> {
  const groups = byModule(programs.filter(({ path }) => !existsSync(path)));
  for (const preparation of prepareInOrder(groups, cacheDir))
    await preparation.then((build) => build.dispose()).catch(() => {});
}

/** Whether a program starts; one that does not is removed, so that the next build makes it again. */
export async function startsOrIsRemoved(path: string): Promise<boolean> {
  const { code } = await tryRun(path, ["--version"], { timeout: 30_000 });
  if (code === 0) return true;
  await rm(path, { force: true });
  return false;
}

type Group = readonly [BuiltProgram, ...BuiltProgram[]];

/** Programs that differ in their package alone are compiled together. */
function byModule(programs: readonly BuiltProgram[]): Group[] {
  const groups = Map.groupBy(programs, ({ program }) => shortHash({ ...program, package: "" }));
  return [...groups.values()] as unknown as Group[];
}

/**
 * One module is linked while the next one compiles, and the later ones download meanwhile. The first failure ends the
 * others; what they compiled is in Go's build cache.
 */
async function buildModules(groups: readonly Group[], cacheDir: string, log: Log): Promise<void> {
  const others = new AbortController();
  const preparations = prepareInOrder(groups, cacheDir, others.signal);
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
    others.abort();
    throw error;
  } finally {
    await Promise.allSettled(links);
    for (const preparation of preparations) await preparation.then((build) => build.dispose()).catch(() => {});
  }
}

/** A failure shows when the build's turn comes. */
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
  let state = "downloading its modules";
  const reporter = setInterval(() => log(`  ${label}: ${state}, ${elapsed()}`), reportInterval);
  try {
    const prepared = await preparation;
    state = "looking for what is compiled already";
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

/** `<cache>/bin/<name>` is the one that was asked for last. */
async function link(path: string, cacheDir: string): Promise<void> {
  const folder = join(cacheDir, "bin");
  const fresh = join(folder, `.${basename(path)}-${process.pid}`);
  await mkdir(folder, { recursive: true });
  await rm(fresh, { force: true });
  await symlink(path, fresh);
  await rename(fresh, join(folder, basename(path)));
}
