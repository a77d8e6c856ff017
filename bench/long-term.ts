import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { compactorCommand } from "../config/products/thanos/arguments.ts";
import { renderObjectStorage } from "../config/products/thanos/thanos.ts";
import { dashboards } from "../dashboards/index.ts";
import { queriesOf } from "../dashboards/queries.ts";
import { ensureBinaries } from "../scripts/offline/binaries.ts";
import { metaOf, ThanosPrograms } from "../test/validate/thanos-programs.ts";
import { p95, recordedShapes, sandboxSettings, textOf } from "./dashboards.ts";
import { loadAverage, median, table } from "./measure.ts";
import { cpuSecondsOf, peakMemory } from "./process-usage.ts";
import { instances, type Shape, syntheticSeries, writeBlocks } from "./synthetic-history.ts";
import { Reader } from "./thanos-reader.ts";

const day = 86_400;
const twoWeeks = 14 * day;
const mebibyte = 1024 ** 2;

/** Dashboards that are opened over a year. */
const titles = ["System Health", "Business Metrics"];
const loads = 10;
/** The dashboard of the comparison with raw samples. */
const sized = "System Health";

const log = (line: string) => process.stdout.write(`  ${line}\n`);

/** Sizes of blocks by resolution, resources of the compactor, and load times of dashboards over a year. */
export async function benchLongTerm(): Promise<string> {
  const before = loadAverage();
  const { prometheus } = await ensureBinaries(["prometheus", "thanos", "versitygw"], { log });
  const sizes = await withThanos(blockSizes);
  const times = await withThanos((thanos) => loadTimes(thanos, prometheus));
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

/** Words in the queries of some dashboards. */
function textOfDashboards(dashboardTitles: readonly string[]): string {
  const chosen = dashboards(sandboxSettings()).filter(({ title }) => dashboardTitles.includes(title));
  return chosen.flatMap((dashboard) => queriesOf(dashboard, {}).map(({ expr }) => expr)).join("\n");
}

/** All series that these dashboards read, including recorded ones. */
async function shapesOfYear(thanos: ThanosPrograms, prometheus: string): Promise<Shape[]> {
  const settings = sandboxSettings();
  log("evaluating the recording rules");
  const all = syntheticSeries(textOf(settings));
  const text = textOfDashboards(titles);
  const folder = join(thanos.folder, "rules");
  const recorded = await recordedShapes(prometheus, folder, settings, all, (name) => text.includes(name));
  return [...syntheticSeries(text), ...recorded].map((shape) => ({ ...shape, step: 3600 }));
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
  /** Peak memory in MiB. */
  readonly memory: number;
  /** Peak disk usage in bytes. */
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

/** Bytes on disk of all files below a directory. */
function sizeOf(directory: string): number {
  if (!existsSync(directory)) return 0;
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => {
    const file = statSync(join(parentPath, name), { throwIfNoEntry: false });
    return sum + (file?.blocks ?? 0) * 512;
  }, 0);
}

const resolutions = { 0: "raw, every 15 s", 300: "5 minutes", 3600: "1 hour" } as const;

/** A tenth of the instances, scraped every 15 s, over two weeks. */
async function blockSizes(thanos: ThanosPrograms): Promise<string> {
  const shapes = syntheticSeries(textOfDashboards([sized])).map((shape) => ({
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
  const reader = await Reader.start(thanos);
  const dashboard = dashboards(sandboxSettings()).find(({ title }) => title === sized);
  if (dashboard === undefined) throw new Error(`no dashboard ${sized}`);
  const end = start + twoWeeks;
  const fine = await reader.load(dashboard, end, { resolution: "0s", times: 2 });
  const coarse = await reader.load(dashboard, end, { times: 2 });
  return [
    `Blocks of two weeks with ${series} series, ${(samples / 1e6).toFixed(0)} million samples:`,
    "",
    table(["resolution", "MiB", "bytes per series and day", "of raw"], rows),
    "",
    `The compactor downsampled it in ${seconds.toFixed(0)} s and ${cpuSeconds.toFixed(0)} CPU seconds, with at most ${memory.toFixed(0)} MiB of memory and ${(disk / raw).toFixed(1)}× the raw block on its volume.`,
    "",
    `The dashboard "${sized}" at the steps of a year took ${fine.cpuSeconds.toFixed(2)} CPU seconds for these two weeks on raw samples, and ${coarse.cpuSeconds.toFixed(2)} on downsampled ones.`,
  ].join("\n");
}

/**
 * Dashboards over a year. The synthetic samples are an hour apart: queries of a year read only the resolution of an hour, whose
 * blocks are the same for any scrape interval.
 */
async function loadTimes(thanos: ThanosPrograms, prometheus: string): Promise<string> {
  const shapes = await shapesOfYear(thanos, prometheus);
  const end = lastTwoWeeks() + twoWeeks;
  const start = end - 26 * twoWeeks;
  await upload(thanos, start, end, shapes);
  log("compacting");
  await compact(thanos);
  const reader = await Reader.start(thanos);
  const rows: string[][] = [];
  for (const dashboard of dashboards(sandboxSettings()).filter(({ title }) => titles.includes(title))) {
    for (const cached of [false, true]) {
      const { totals, cpuSeconds } = await reader.load(dashboard, end, { cached, times: loads });
      rows.push([
        dashboard.title,
        cached ? "yes" : "no",
        p95(totals).toFixed(2),
        median(totals).toFixed(2),
        cpuSeconds.toFixed(2),
      ]);
      log(rows.at(-1)?.join(" | ") ?? "");
    }
  }
  return [
    `A year of ${instances} instances, ${count(shapes)} series, over the frontend:`,
    "",
    table(["dashboard", "in the cache", "P95 s", "median s", "CPU s"], rows),
    "",
    reader.memory(),
  ].join("\n");
}
