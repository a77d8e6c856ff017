import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compactorCommand, frontendCommand, queryCommand, storeCommand } from "../config/products/thanos/arguments.ts";
import { thanosQuery } from "../config/products/thanos/product.ts";
import { storeShards } from "../config/products/thanos/store-shards.ts";
import { renderFrontend, renderIndexCache, renderObjectStorage } from "../config/products/thanos/thanos.ts";
import { dashboards } from "../dashboards/index.ts";
import { queriesOf } from "../dashboards/queries.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import { ensureBinaries } from "../scripts/offline/binaries.ts";
import type { Program } from "../test/logs/programs.ts";
import { metaOf, ThanosPrograms } from "../test/validate/thanos-programs.ts";
import { load, type QueryServer } from "./dashboard-load.ts";
import { p95, repeated, sandboxSettings } from "./dashboards.ts";
import { loadAverage, median, table } from "./measure.ts";
import { instances, type Shape, syntheticSeries, writeBlocks } from "./synthetic-history.ts";

const day = 86_400;
const twoWeeks = 14 * day;
const mebibyte = 1024 ** 2;

/** Dashboards that are opened over a year. */
const titles = ["System Health", "Business Metrics"];
const loads = 10;

const log = (line: string) => process.stdout.write(`  ${line}\n`);

/** Sizes of blocks by resolution, resources of the compactor, and load times of dashboards over a year. */
export async function benchLongTerm(): Promise<string> {
  const before = loadAverage();
  await ensureBinaries(["prometheus", "thanos", "versitygw"], { log });
  const sizes = await withThanos(blockSizes);
  const times = await withThanos(loadTimes);
  return `${sizes}\n\n${times}\n\nLoad average ${before.toFixed(1)} before and ${loadAverage().toFixed(1)} after.`;
}

async function withThanos(work: (thanos: ThanosPrograms) => Promise<string>): Promise<string> {
  const thanos = await ThanosPrograms.start({ raw: "forever", fiveMinutes: "forever", oneHour: "forever" });
  try {
    return await work(thanos);
  } finally {
    await thanos.stop();
  }
}

/** All series of some dashboards. */
function shapesOf(dashboardTitles: readonly string[]): Shape[] {
  const settings = sandboxSettings();
  const chosen = dashboards(settings).filter(({ title }) => dashboardTitles.includes(title));
  const queries = chosen.flatMap((dashboard) => queriesOf(dashboard, {}).map(({ expr }) => expr));
  return syntheticSeries(queries.join("\n"));
}

const count = (shapes: readonly Shape[]) => shapes.reduce((sum, { series }) => sum + series.length, 0);

/** Start of the last two weeks that the compactor treats as a whole. */
function lastTwoWeeks(): number {
  return Math.floor((Date.now() / 1000 - 3 * day) / twoWeeks) * twoWeeks - twoWeeks;
}

async function upload(thanos: ThanosPrograms, start: number, end: number, shapes: readonly Shape[]): Promise<number> {
  const folder = join(thanos.folder, "blocks");
  mkdirSync(folder);
  log(`writing ${count(shapes)} series over ${Math.round((end - start) / day)} days`);
  const span = { start: start * 1000, end: end * 1000, duration: twoWeeks * 1000 };
  const samples = await writeBlocks(folder, span, shapes);
  await thanos.tools(["upload-blocks", `--path=${folder}`, '--label=cluster="local"', '--label=env="bench"']);
  rmSync(folder, { recursive: true });
  return samples;
}

interface Compaction {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** At most, in bytes. */
  readonly memory: number;
  readonly disk: number;
}

/** One iteration of the compactor. */
async function compact(thanos: ThanosPrograms): Promise<Compaction> {
  const began = performance.now();
  const command = [...compactorCommand(thanos.settings, thanos.longTerm), "--consistency-delay=0s"];
  const compactor = await thanos.part(command, renderObjectStorage(thanos.longTerm));
  const data = join(thanos.folder, `data-${new URL(compactor.url).port}`);
  let disk = 0;
  for (;;) {
    disk = Math.max(disk, sizeOf(data));
    const metrics = await (await fetch(`${compactor.url}/metrics`)).text();
    if (/^thanos_compact_iterations_total 1$/m.test(metrics)) break;
    if (/^thanos_compact_halted 1$/m.test(metrics)) throw new Error(compactor.output().slice(-2000));
    await sleep(500);
  }
  const result = {
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: cpuSecondsOf(compactor),
    memory: peakMemory(compactor),
    disk,
  };
  await compactor.stop();
  return result;
}

/** Bytes of all files below a directory. */
function sizeOf(directory: string): number {
  if (!existsSync(directory)) return 0;
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => {
    const file = statSync(join(parentPath, name), { throwIfNoEntry: false });
    return sum + (file?.size ?? 0);
  }, 0);
}

function cpuSecondsOf({ pid }: Program): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** Resident memory at most, in bytes. */
function peakMemory({ pid }: Program): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

const resolutions = { 0: "raw, every 15 s", 300: "5 minutes", 3600: "1 hour" } as const;

/** A tenth of the instances, scraped every 15 s, over two weeks. */
async function blockSizes(thanos: ThanosPrograms): Promise<string> {
  const shapes = shapesOf(["System Health"]).map((shape) => ({
    ...shape,
    series: shape.series.slice(0, Math.ceil(shape.series.length / 10)),
  }));
  const start = lastTwoWeeks();
  const samples = await upload(thanos, start, start + twoWeeks, shapes);
  const raw = sizeOf(thanos.blockDirectories()[0] ?? "");
  log("compacting");
  const { seconds, cpuSeconds, memory, disk } = await compact(thanos);
  const bytes = new Map(
    thanos.blockDirectories().map((directory) => {
      const { downsample } = metaOf(directory).thanos;
      return [downsample.resolution / 1000, sizeOf(directory)] as const;
    }),
  );
  const series = count(shapes);
  const rows = Object.entries(resolutions).map(([resolution, name]) => {
    const size = bytes.get(Number(resolution)) ?? Number.NaN;
    return [name, (size / mebibyte).toFixed(0), (size / series / 14).toFixed(0), (size / raw).toFixed(3)];
  });
  return [
    `Blocks of two weeks with ${series} series, ${(samples / 1e6).toFixed(0)} million samples:`,
    "",
    table(["resolution", "MiB", "bytes per series and day", "of raw"], rows),
    "",
    `The compactor downsampled it in ${seconds.toFixed(0)} s and ${cpuSeconds.toFixed(0)} CPU seconds, with at most ${(memory / mebibyte).toFixed(0)} MiB of memory and ${(disk / raw).toFixed(1)}× the raw block on its volume.`,
  ].join("\n");
}

/**
 * Dashboards over a year. The synthetic samples are an hour apart: queries of a year read only the resolution of an hour, whose blocks
 * are the same for any scrape interval.
 */
async function loadTimes(thanos: ThanosPrograms): Promise<string> {
  const shapes = shapesOf(titles).map((shape) => ({ ...shape, step: 3600 }));
  const end = lastTwoWeeks() + twoWeeks;
  const start = end - 26 * twoWeeks;
  await upload(thanos, start, end, shapes);
  log("compacting");
  await compact(thanos);
  const { settings, longTerm } = thanos;
  const [shard] = storeShards(longTerm);
  if (shard === undefined) throw new Error("no store gateway");
  const port = await freePort();
  const files = [...renderObjectStorage(longTerm), renderIndexCache(longTerm)];
  const store = await thanos.part(storeCommand(settings, longTerm, shard), files, { grpc: port });
  const command = queryCommand(settings, longTerm).filter((word) => !word.startsWith("--endpoint="));
  const query = await thanos.part([...command, `--endpoint=127.0.0.1:${port}`], [], { grpc: await freePort() });
  const frontend = await thanos.part(frontendCommand(settings), renderFrontend(settings, longTerm), {
    replaced: { [`http://${thanosQuery.workload}:${thanosQuery.port}`]: query.url },
  });
  // Query asks for new stores every five seconds.
  await sleep(6_000);
  const parts = [store, query, frontend];
  const cpu = () => parts.reduce((sum, part) => sum + cpuSecondsOf(part), 0);
  const rows: string[][] = [];
  for (const dashboard of dashboards(sandboxSettings()).filter(({ title }) => titles.includes(title))) {
    for (const variant of ["downsampled", "downsampled, cached", "raw, every hour"]) {
      log(`${dashboard.title}: ${variant}`);
      const server = new Frontend(frontend.url, variant);
      await load(server, dashboard, end, 365 * day);
      const began = cpu();
      const results = await repeated(loads, () => load(server, dashboard, end, 365 * day));
      const totals = results.map(({ total }) => total);
      rows.push([
        dashboard.title,
        variant,
        p95(totals).toFixed(2),
        median(totals).toFixed(2),
        ((cpu() - began) / loads).toFixed(2),
      ]);
      log(rows.at(-1)?.join(" | ") ?? "");
    }
  }
  return [
    `A year of ${instances} instances, ${count(shapes)} series, over the frontend:`,
    "",
    table(["dashboard", "samples", "P95 s", "median s", "CPU s"], rows),
    "",
    `Memory at most, in MiB: store gateway ${mib(store)}, Query ${mib(query)}, frontend ${mib(frontend)}.`,
  ].join("\n");
}

const mib = (program: Program) => (peakMemory(program) / mebibyte).toFixed(0);

/** The frontend, asked for samples of a resolution, with or without its cache. */
class Frontend implements QueryServer {
  private readonly url: string;
  private readonly variant: string;
  private asked = 0;

  constructor(url: string, variant: string) {
    this.url = url;
    this.variant = variant;
  }

  async get(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
    const { query = "", ...rest } = parameters;
    // The cache compares the text of queries.
    const text = this.variant === "downsampled, cached" ? query : query + " ".repeat(++this.asked);
    const raw = this.variant.startsWith("raw") ? { max_source_resolution: "0s" } : {};
    const body = new URLSearchParams({ ...rest, ...(query !== "" && { query: text }), ...raw });
    const answer = await fetch(`${this.url}/api/v1/${path}`, { method: "POST", body });
    const { data, error } = (await answer.json()) as { data: unknown; error?: string };
    if (error !== undefined) throw new Error(`${error}: ${query}`);
    return data;
  }
}
