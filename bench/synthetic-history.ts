import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { alerts, priorities } from "../config/alerts/catalogue.ts";
import {
  type MetricDefinition,
  metricCatalogue,
  type Service,
  seriesOf,
  services,
} from "../config/white-room/metrics.ts";
import { prometheusModule } from "../scripts/offline/binaries.ts";
import { ensureBuilt, programPath } from "../scripts/offline/built-programs.ts";
import { cacheFolder } from "../scripts/offline/cache.ts";
import type { GoProgram } from "../scripts/offline/go-build.ts";

type Labels = Readonly<Record<string, string>>;

/** A set of series with the same samples, which are encoded once. A counter increases by `value` per second. */
export interface Shape {
  readonly counter: boolean;
  readonly value: number;
  /** Maximum relative deviation of a gauge above its value. */
  readonly noise: number;
  /** Sample interval in seconds. */
  readonly step: number;
  readonly series: readonly Labels[];
}

/** Time span and block duration in milliseconds; start and end are Unix times. The last block may be shorter. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly duration: number;
}

/** Instances per job, except for the stack's own components. */
export const instances = 50;

const recordings = join(import.meta.dirname, "..", "test", "recordings");
const exporters = { node: "host", cadvisor: "cadvisor", postgres: "postgres", redis: "redis", nginx: "nginx" } as const;
const own = ["prometheus", "alertmanager", "loki", "collector"] as const;

const steady = { counter: false, noise: 0, step: 15 } as const;

/** All series of metrics named in `text`, for each instance of each job. */
export function syntheticSeries(text: string): Shape[] {
  const words = new Set(text.match(/[\w:]+/g));
  const all = [
    ...services.flatMap((service) => applicationShapes(service)),
    ...Object.entries(exporters).flatMap(([job, service]) => recordedShapes(job, targets(job, service, instances))),
    ...own.flatMap((job) => recordedShapes(job, targets(job, "monitoring", 1))),
  ];
  const jobs = [
    ...services.map((service) => targets(service, service, instances)),
    ...Object.entries(exporters).map(([job, service]) => targets(job, service, instances)),
    ...own.map((job) => targets(job, "monitoring", 1)),
  ];
  return [
    ...all.filter(({ series: [first] }) => words.has(first?.["__name__"] ?? "")),
    ...jobs.flatMap((of) => scrapeShapes(of)),
    ...alertShapes(),
  ];
}

function targets(job: string, service: string, count: number): Labels[] {
  return Array.from({ length: count }, (_, number) => ({
    job,
    instance: `${job}-${number}:80`,
    service,
    cluster: "local",
    env: "bench",
  }));
}

function shape(metric: string, labels: Labels, of: readonly Labels[], rest: Omit<Shape, "series">): Shape {
  return { ...rest, series: of.map((target) => ({ ...target, ...labels, __name__: metric })) };
}

/** Series of an application according to the demo's metric catalog. */
function applicationShapes(service: Service): Shape[] {
  const of = targets(service, service, instances);
  const step = service === "audio-engine" ? 10 : 15;
  const metrics: readonly MetricDefinition[] = metricCatalogue;
  return metrics
    .filter((metric) => metric.services.includes(service))
    .flatMap((metric) =>
      seriesOf(metric, service).flatMap((labels) => {
        if (metric.type !== "histogram") {
          const counter = metric.type === "counter";
          return [shape(metric.name, labels, of, { counter, value: counter ? 0.5 : 100, noise: 0.1, step })];
        }
        const bounds = [...(metric.buckets ?? []), Number.POSITIVE_INFINITY];
        const grows = (part: number) => ({ counter: true, value: part, noise: 0, step });
        return [
          ...bounds.map((bound, index) =>
            shape(`${metric.name}_bucket`, { ...labels, le: le(bound) }, of, grows((index + 1) / bounds.length)),
          ),
          shape(`${metric.name}_count`, labels, of, grows(1)),
          shape(`${metric.name}_sum`, labels, of, grows(0.04)),
        ];
      }),
    );
}

/** Value of the label `le` as normalized by Prometheus. */
function le(bound: number): string {
  if (bound === Number.POSITIVE_INFINITY) return "+Inf";
  return Number.isInteger(bound) ? `${bound}.0` : String(bound);
}

/** Collector gauges with the suffix of a counter. */
const gauges = /_(?:file|read)_bytes_total$/;
/** Must be 0, or nothing would be recorded. */
const zero = /_readonly$/;
const counters = /_(?:total|bucket|count|sum)$|^pg_stat_database_(?:xact|blks)_/;

/** Series as recorded from a real target of the job. */
function recordedShapes(job: string, of: readonly Labels[]): Shape[] {
  const text = readFileSync(join(recordings, `${job}.prom`), "utf8");
  return [...text.matchAll(/^([a-zA-Z_:][\w:]*)\{(.*)\} /gm)].map(([, metric = "", inBraces = ""]) => {
    const pairs = [...inBraces.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
    const labels = Object.fromEntries(pairs.map(([, name = "", value = ""]) => [name, value]));
    const counter = counters.test(metric) && !gauges.test(metric);
    const gauge = zero.test(metric) ? 0 : 1000;
    return shape(metric, labels, of, { counter, value: counter ? 0.5 : gauge, noise: 0.1, step: 15 });
  });
}

/** Series that Prometheus adds to every scrape. */
function scrapeShapes(of: readonly Labels[]): Shape[] {
  return [
    shape("up", {}, of, { ...steady, value: 1 }),
    shape("scrape_duration_seconds", {}, of, { ...steady, value: 0.01, noise: 0.5 }),
    shape("scrape_samples_scraped", {}, of, { ...steady, value: 300 }),
  ];
}

/** Series of all alerts, permanently firing. */
function alertShapes(): Shape[] {
  return Object.entries(alerts).flatMap(([alertname, { severity, team }]) => {
    const priority = severity === "none" ? "none" : priorities[severity];
    const labels = { alertname, severity, priority, team, service: "monitoring", cluster: "local", env: "bench" };
    return [
      shape("ALERTS", { ...labels, alertstate: "firing" }, [{}], { ...steady, value: 1 }),
      shape("ALERTS_FOR_STATE", labels, [{}], { ...steady, value: 1_700_000_000 }),
    ];
  });
}

/** Writes TSDB blocks with these series to a directory. Returns the number of samples. */
export async function writeBlocks(directory: string, span: Span, shapes: readonly Shape[]): Promise<number> {
  const writer = spawn(await blockWriter(), [], { stdio: ["pipe", "pipe", "inherit"] });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  let output = "";
  writer.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  writer.on("error", reject);
  writer.on("close", (code) =>
    code === 0 ? resolve(Number(output)) : reject(new Error(`the block writer exited with code ${code}`)),
  );
  writer.stdin.end(JSON.stringify({ directory, ...span, shapes }));
  return promise;
}

/** Path of the block writer, built against the same Prometheus version that reads the blocks. */
async function blockWriter(): Promise<string> {
  const program: GoProgram = { ...prometheusModule(), package: ".", source: join(import.meta.dirname, "blocks") };
  const path = programPath("blocks", program, cacheFolder());
  await ensureBuilt([{ program, path }], cacheFolder(), (line) => process.stdout.write(`${line}\n`));
  return path;
}
