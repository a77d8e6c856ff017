import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { recordingGroups } from "../config/alerts/recording.ts";
import { renderRules } from "../config/alerts/render.ts";
import type { Settings } from "../config/settings/schema.ts";
import { toSettings } from "../config/settings/settings.ts";
import { readStackFile } from "../config/settings/stack-file.ts";
import { seconds } from "../config/settings/units.ts";
import { dashboards } from "../dashboards/index.ts";
import { type PanelQuery, queriesOf } from "../dashboards/queries.ts";
import { ensureBinaries } from "../scripts/offline/binaries.ts";
import { load, requests, sendQuery } from "./dashboard-load.ts";
import { HistoryPrometheus, QueryTimeout, queryTimeout } from "./history-prometheus.ts";
import { loadAverage, median, table } from "./measure.ts";
import { onRawSeries } from "./raw-queries.ts";
import { root } from "./stacks.ts";
import { instances, type Shape, syntheticSeries, writeBlocks } from "./synthetic-history.ts";

const day = 86_400;
const days = 15;
/** Block size in hours after compaction with this retention. */
const blockHours = 18;
const loads = 20;

const log = (line: string) => process.stdout.write(`  ${line}\n`);

/** Dashboard load times over fifteen days of history, compared with panels without recording rules. */
export async function benchDashboards(): Promise<string> {
  const before = loadAverage();
  const { prometheus } = await ensureBinaries(["prometheus"], { log });
  const settings = sandboxSettings();
  const folder = mkdtempSync(join(tmpdir(), "white-room-history-"));
  try {
    const shapes = syntheticSeries(textOf(settings));
    const panels = panelQueries(settings);
    // Others are recorded once an hour or less often, so waiting for them would take too long.
    const isUsed = (name: string) => panels.includes(name);
    const recorded = await recordedShapes(prometheus, join(folder, "rules"), settings, shapes, isUsed);
    const end = Math.floor(Date.now() / 1000);
    log(`writing ${days} days of ${count(shapes)} series and ${count(recorded)} recorded ones`);
    const span = { start: (end - days * day) * 1000, end: end * 1000, duration: blockHours * 3_600_000 };
    mkdirSync(join(folder, "data"));
    const samples = await writeBlocks(join(folder, "data"), span, [...shapes, ...recorded]);
    const server = await HistoryPrometheus.start(prometheus, folder, []);
    try {
      return [
        `${instances} targets of each application, node_exporter, cAdvisor and the PostgreSQL, Redis and Nginx exporters: ${count(shapes)} series`,
        `read by rules or panels and ${count(recorded)} recorded series, every 15 s (audio every 10 s) for ${days} days: ${(samples / 1e9).toFixed(2)} billion`,
        `samples in blocks of ${blockHours} h. Load average ${before.toFixed(1)} before and ${loadAverage().toFixed(1)} after writing them.`,
        "",
        await loadTimes(server, settings, end),
        "",
        await rawRatios(server, settings, end),
        "",
        `Load average at the end: ${loadAverage().toFixed(1)}.`,
      ].join("\n");
    } finally {
      await server.stop();
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Without probes, which have no synthetic series. */
export function sandboxSettings(): Settings {
  const config = readStackFile("sandbox", join(root, "Pulumi.sandbox.yaml"));
  const values = { ...config.values, probes: { enabled: false } };
  return toSettings({ ...config, values }, { requireSecrets: false });
}

const count = (shapes: readonly Shape[]) => shapes.reduce((sum, { series }) => sum + series.length, 0);

function panelQueries(settings: Settings): string {
  const all = dashboards(settings).flatMap((dashboard) => queriesOf(dashboard, {}).map(({ expr }) => expr));
  return all.join("\n");
}

/** All panel queries and rules, to find the metrics in use. */
export function textOf(settings: Settings): string {
  return [panelQueries(settings), ...renderRules(settings).map(({ content }) => content)].join("\n");
}

/**
 * Series recorded from these shapes, obtained by evaluating the rules in Prometheus. `isUsed` selects the recorded metrics.
 */
export async function recordedShapes(
  program: string,
  folder: string,
  settings: Settings,
  shapes: readonly Shape[],
  isUsed: (name: string) => boolean,
) {
  const files = renderRules(settings).filter(({ path }) => path.includes("recording-"));
  for (const { path, content } of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  const now = Date.now();
  await writeBlocks(join(folder, "data"), { start: now - 1_800_000, end: now, duration: 3_600_000 }, shapes);
  const server = await HistoryPrometheus.start(
    program,
    folder,
    files.map(({ path }) => path),
  );
  try {
    const groups = recordingGroups(settings);
    const wanted = new Map(
      groups.flatMap(({ interval = settings.metrics.evaluationInterval, rules }) =>
        rules.flatMap((rule) => ("record" in rule && isUsed(rule.record) ? [[rule.record, seconds(interval)]] : [])),
      ),
    );
    for (const deadline = Date.now() + 240_000; ; await sleep(2_000)) {
      const found = (await server.get("series", { "match[]": '{__name__=~".+:.+:.+"}' })) as Record<string, string>[];
      const missing = [...wanted.keys()].filter((name) => !found.some((labels) => labels["__name__"] === name));
      if (missing.length === 0) {
        return [...wanted].map(
          ([name, step]): Shape => ({
            counter: false,
            value: 0.5,
            noise: 0.1,
            step,
            series: found.filter((labels) => labels["__name__"] === name),
          }),
        );
      }
      if (Date.now() > deadline) throw new Error(`not recorded: ${missing.join(", ")}`);
    }
  } finally {
    await server.stop();
  }
}

/** Length of a default range such as "now-6h". */
function hours(from: string): number {
  const [, number] = /^now-(\d+)h$/.exec(from) ?? [];
  if (number === undefined) throw new Error(`unsupported default range: ${from}`);
  return Number(number);
}

async function loadTimes(server: HistoryPrometheus, settings: Settings, end: number): Promise<string> {
  const rows: string[][] = [];
  for (const dashboard of dashboards(settings)) {
    const from = hours(dashboard.from);
    log(`${dashboard.title}: ${loads} loads of ${from} h`);
    await load(server, dashboard, end, from * 3600);
    const cpu = server.cpuSeconds();
    const results = await repeated(loads, () => load(server, dashboard, end, from * 3600));
    const cpuPerLoad = (server.cpuSeconds() - cpu) / loads;
    const slowest = slowestPanel(results);
    rows.push([
      dashboard.title,
      String(queriesOf(dashboard, {}).filter(({ datasource }) => datasource === "prometheus").length),
      `${from} h`,
      p95(results.map(({ total }) => total)).toFixed(2),
      median(results.map(({ total }) => total)).toFixed(2),
      cpuPerLoad.toFixed(2),
      `${slowest.panel}: ${slowest.seconds.toFixed(2)}`,
    ]);
    log(rows.at(-1)?.join(" | ") ?? "");
  }
  return table(
    ["dashboard", "queries", "default range", "P95 s", "median s", "CPU s", "slowest panel, median s"],
    rows,
  );
}

async function repeated<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let round = 0; round < times; round++) results.push(await work());
  return results;
}

export function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN;
}

function slowestPanel(all: readonly { panels: ReadonlyMap<string, number> }[]): { panel: string; seconds: number } {
  const panels = [...(all[0]?.panels.keys() ?? [])].map((panel) => ({
    panel,
    seconds: median(all.map((each) => each.panels.get(panel) ?? Number.NaN)),
  }));
  return panels.toSorted((a, b) => b.seconds - a.seconds)[0] ?? { panel: "none", seconds: Number.NaN };
}

/** Compares panels on recorded series with the same queries on raw series, over a day and by CPU time. */
async function rawRatios(server: HistoryPrometheus, settings: Settings, end: number): Promise<string> {
  const rows: { title: string; recorded: number; raw: number; complete: boolean }[] = [];
  for (const dashboard of dashboards(settings)) {
    for (const { panel, queries } of requests(dashboard, day).panels) {
      const raw = queries.map((query) => ({ ...query, expr: onRawSeries(settings, query.expr) }));
      if (raw.every(({ expr }, index) => expr === queries[index]?.expr)) continue;
      log(`${dashboard.title}: ${panel}`);
      const cpu = async (all: readonly PanelQuery[], times: number) => {
        const start = server.cpuSeconds();
        for (let round = 0; round < times; round++) for (const query of all) await sendQuery(server, query, end, day);
        return (server.cpuSeconds() - start) / times;
      };
      await cpu(queries, 1);
      const recorded = await cpu(queries, 5);
      rows.push({ title: `${dashboard.title}: ${panel}`, recorded, ...(await rawCpu(server, () => cpu(raw, 1))) });
      log(JSON.stringify(rows.at(-1)));
    }
  }
  const ratio = ({ recorded, raw }: { recorded: number; raw: number }) => raw / recorded;
  const short = rows.filter((row) => ratio(row) < 5).length;
  return [
    `CPU seconds of Prometheus for panels on recorded series, over a day; ${rows.length - short} of ${rows.length} are at least 5× faster. ">": a query on raw`,
    `series timed out after ${queryTimeout} s.`,
    "",
    table(
      ["panel", "recorded", "on raw series", "ratio"],
      rows.map((row) => {
        const prefix = row.complete ? "" : "> ";
        return [
          row.title,
          row.recorded.toFixed(3),
          `${prefix}${row.raw.toFixed(2)}`,
          `${prefix}${ratio(row).toFixed(0)}×`,
        ];
      }),
    ),
  ].join("\n");
}

/** CPU seconds of the work; incomplete if a query timed out. */
async function rawCpu(
  server: HistoryPrometheus,
  work: () => Promise<number>,
): Promise<{ raw: number; complete: boolean }> {
  const start = server.cpuSeconds();
  try {
    return { raw: await work(), complete: true };
  } catch (error) {
    if (!(error instanceof QueryTimeout)) throw error;
    return { raw: server.cpuSeconds() - start, complete: false };
  }
}
