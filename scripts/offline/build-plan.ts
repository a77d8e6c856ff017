import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram, type Log, tryRun } from "../lib/run-command.ts";
import type { BinaryName } from "./binaries.ts";

/** CPU seconds from empty caches, beside the other programs of its module, as `npm run bench -- fresh` measured them. */
const cpuSeconds: Readonly<Record<BinaryName, number>> = {
  amtool: 130,
  alertmanager: 20,
  node_exporter: 18,
  cadvisor: 22,
  promtool: 40,
  // With its pages.
  prometheus: 250,
  loki: 550,
  promtail: 360,
  lokitool: 20,
};

/** Seconds to install Debian's packages into a root file system, most of them waiting for the network and the disk. */
const rootFileSystemSeconds = 125;

/** Seconds to install the viewer's packages and to build it, most of them waiting for the network and the disk. */
const viewerSeconds = 90;

const gibibyte = 1024 ** 3;

/** What has to be built before one part of the stack can start. */
export interface Wave {
  /** "metrics, alerts and the demo" */
  readonly what: string;
  readonly programs: readonly BinaryName[];
  readonly rootFileSystem: boolean;
  /** The dashboards' viewer. */
  readonly viewer?: boolean;
}

/** Logs what will be built and roughly how long it takes on this machine; nothing if everything is built. */
export function announce(waves: readonly Wave[], cacheDir: string, log: Log): void {
  const work = waves.filter(({ programs, rootFileSystem, viewer }) => programs.length > 0 || rootFileSystem || viewer);
  if (work.length === 0) return;
  const cores = availableParallelism();
  log(`\nThe sandbox's programs are built from source once and kept in ${cacheDir}.`);
  log(`Estimated time on ${cores} idle ${cores === 1 ? "core" : "cores"}:`);
  for (const wave of work) {
    log(`  ${inMinutes(seconds(wave, cores))}  ${wave.what}`);
    const parts = [
      ...(wave.rootFileSystem ? ["Debian packages"] : []),
      ...wave.programs,
      ...(wave.viewer ? ["dashboards' viewer"] : []),
    ];
    log(`             ${parts.join(", ")}`);
  }
  log("Each part starts as soon as its programs are built. Interrupt at any time: the next run continues.\n");
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

/** Disks with too little room for a build from empty caches, each with the setting that moves it. */
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
      `building the sandbox needs ${inGibibytes(needed)} GiB, and ${disk[0]?.path} has ${inGibibytes(available)} GiB free: free some space, or set ${settings} to a folder on a larger disk`,
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
