import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram } from "../lib/find-program.ts";
import { tryRun } from "../lib/run-command.ts";
import type { Log } from "../lib/step.ts";
import type { BinaryName } from "./binaries.ts";

/** CPU seconds per program with cold caches, if the programs of a module are built together (`npm run bench -- fresh`). */
const cpuSeconds: Readonly<Record<BinaryName, number>> = {
  amtool: 130,
  alertmanager: 20,
  node_exporter: 18,
  cadvisor: 22,
  blackbox_exporter: 130,
  promtool: 40,
  // Includes the web UI.
  prometheus: 250,
  loki: 550,
  promtail: 360,
  lokitool: 20,
  jaeger: 720,
  thanos: 600,
  versitygw: 150,
};

/** Seconds to install the Debian packages, mostly network and disk wait. */
const rootFileSystemSeconds = 125;

/** Seconds to install the viewer's packages and build it, mostly network and disk wait. */
const viewerSeconds = 90;

const gibibyte = 1024 ** 3;

/** Builds that must finish before a part of the stack can start. */
export interface Wave {
  /** The part of the stack, such as "logs". */
  readonly what: string;
  readonly programs: readonly BinaryName[];
  readonly rootFileSystem: boolean;
  readonly viewer?: boolean;
}

/** Logs pending builds with an estimate of their duration. Logs nothing if everything is built. */
export function announce(waves: readonly Wave[], cacheDir: string, log: Log): void {
  const work = waves.filter(({ programs, rootFileSystem, viewer }) => programs.length > 0 || rootFileSystem || viewer);
  if (work.length === 0) return;
  const cores = availableParallelism();
  log(`\nThe sandbox builds its programs from source once and caches them in ${cacheDir}.`);
  log(`Estimated time on ${cores} idle ${cores === 1 ? "core" : "cores"}:`);
  for (const wave of work) {
    log(`  ${inMinutes(seconds(wave, cores))}  ${wave.what}`);
    const parts = [
      ...(wave.rootFileSystem ? ["Debian packages"] : []),
      ...wave.programs,
      ...(wave.viewer ? ["dashboard viewer"] : []),
    ];
    log(`             ${parts.join(", ")}`);
  }
  log("Each part starts as soon as its programs are built. You can interrupt at any time; the next run resumes.\n");
}

function seconds({ programs, rootFileSystem, viewer }: Wave, cores: number): number {
  const cpu = programs.reduce((sum, name) => sum + cpuSeconds[name], 0);
  return Math.max(cpu / cores, rootFileSystem ? rootFileSystemSeconds : 0, viewer ? viewerSeconds : 0);
}

function inMinutes(time: number): string {
  const minutes = Math.max(1, Math.round(time / 60));
  return `about ${String(minutes).padStart(2)} min`;
}

interface Place {
  readonly path: string;
  readonly bytes: number;
  readonly setting: string;
}

/** Disks with too little space for a build with cold caches, each with the settings that choose another location. */
export async function buildSpaceProblems(cacheDir: string, free = freeBytes): Promise<string[]> {
  const go = findProgram("go") ?? "go";
  const [buildCache, modules] = (await tryRun(go, ["env", "GOCACHE", "GOMODCACHE"])).stdout.split("\n");
  const places: Place[] = [
    { path: buildCache || join(homedir(), ".cache", "go-build"), bytes: 4 * gibibyte, setting: "GOCACHE" },
    { path: modules || join(homedir(), "go", "pkg", "mod"), bytes: 3 * gibibyte, setting: "GOMODCACHE" },
    { path: tmpdir(), bytes: gibibyte, setting: "TMPDIR" },
    { path: cacheDir, bytes: gibibyte, setting: "WHITE_ROOM_CACHE" },
  ];
  const problems: string[] = [];
  for (const disk of Map.groupBy(places, ({ path }) => statSync(existingParent(path)).dev).values()) {
    const needed = disk.reduce((sum, { bytes }) => sum + bytes, 0);
    const available = await free(existingParent(disk[0]?.path ?? "/"));
    if (available >= needed) continue;
    const settings = disk.map(({ setting, path }) => `${setting} (now ${path})`).join(", ");
    problems.push(
      `building the sandbox needs ${inGibibytes(needed)} GiB, but ${disk[0]?.path} has only ${inGibibytes(available)} GiB free: free some space, or set ${settings} to a directory on a larger disk`,
    );
  }
  return problems;
}

async function freeBytes(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

function existingParent(path: string): string {
  try {
    statSync(path);
    return path;
  } catch {
    return existingParent(dirname(path));
  }
}

function inGibibytes(bytes: number): string {
  return (bytes / gibibyte).toFixed(1).replace(/\.0$/, "");
}
