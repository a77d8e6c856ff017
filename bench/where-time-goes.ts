import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { EngineBench } from "./stacks.ts";

/** Processes of a preview. */
export const processKinds = ["engine", "language host", "Docker plugin", "random plugin", "Node"] as const;
export type ProcessKind = (typeof processKinds)[number];

const kindOf: Readonly<Record<string, ProcessKind>> = {
  pulumi: "engine",
  "pulumi-language-nodejs": "language host",
  "pulumi-resource-docker": "Docker plugin",
  "pulumi-resource-random": "random plugin",
  node: "Node",
};

const ticksPerSecond = 100;
const samplingInterval = 50;

/**
 * CPU seconds (user and system) of this process' descendants while the work runs. Samples /proc, so up to one interval is
 * missed at the end of each process.
 */
export async function cpuSeconds(work: () => Promise<unknown>): Promise<Record<ProcessKind, number>> {
  const seen = new Map<string, { kind: ProcessKind; seconds: number }>();
  const timer = setInterval(() => sample(seen), samplingInterval);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  const sum = (kind: ProcessKind) =>
    [...seen.values()].reduce((total, found) => total + (found.kind === kind ? found.seconds : 0), 0);
  return Object.fromEntries(processKinds.map((kind) => [kind, sum(kind)])) as Record<ProcessKind, number>;
}

function sample(seen: Map<string, { kind: ProcessKind; seconds: number }>): void {
  const processes = readdirSync("/proc").flatMap((entry) => (/^\d+$/.test(entry) ? processStat(entry) : []));
  const parents = new Map(processes.map(({ id, parent }) => [id, parent]));
  for (const { id, kind, started, seconds } of processes) {
    if (kind !== undefined && descends(parents, id)) seen.set(`${id} ${started}`, { kind, seconds });
  }
}

function descends(parents: ReadonlyMap<number, number>, id: number): boolean {
  for (let parent = parents.get(id); parent !== undefined; parent = parents.get(parent)) {
    if (parent === process.pid) return true;
  }
  return false;
}

/** Parses https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html. The name in parentheses may contain spaces. */
function processStat(id: string) {
  try {
    const text = readFileSync(`/proc/${id}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    // The name in `stat` is truncated to 15 characters, and programs can change it.
    const command = readFileSync(`/proc/${id}/cmdline`, "utf8").split("\0")[0] ?? "";
    return [
      {
        id: Number(id),
        parent: Number(fields[1]),
        started: fields[19] ?? "",
        seconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
        kind: kindOf[command.split("/").at(-1) ?? ""],
      },
    ];
  } catch {
    return []; // The process has exited.
  }
}

interface CpuProfile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { functionName: string; url: string } }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** Node's CPU time in a preview by module, in milliseconds and descending order, from V8's sampling profiler. */
export async function nodeByModule(bench: EngineBench): Promise<[module: string, milliseconds: number][]> {
  const directory = mkdtempSync(join(tmpdir(), "white-room-profile-"));
  try {
    await bench.run(["preview", "--expect-no-changes"], {
      NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${directory}`,
    });
    const totals = new Map<string, number>();
    for (const file of readdirSync(directory)) {
      const profile = JSON.parse(readFileSync(join(directory, file), "utf8")) as CpuProfile;
      const modules = new Map(profile.nodes.map(({ id, callFrame }) => [id, moduleOf(callFrame)]));
      profile.samples.forEach((node, index) => {
        const module = modules.get(node);
        if (module === undefined) return;
        totals.set(module, (totals.get(module) ?? 0) + (profile.timeDeltas[index] ?? 0) / 1000);
      });
    }
    return [...totals].sort(([, a], [, b]) => b - a);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Module of a function; undefined for idle time. */
function moduleOf({ functionName, url }: { functionName: string; url: string }): string | undefined {
  if (functionName === "(idle)") return undefined;
  if (functionName === "(garbage collector)") return "garbage collection";
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (name !== undefined) return `\`${name}\``;
  if (url.startsWith("node:")) return "Node's own modules (loading, files, network)";
  if (url.startsWith("file:")) return "this program";
  return "V8 and system calls without a script, including compilation";
}
