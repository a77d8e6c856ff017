import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toYaml } from "../config/file.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import { run } from "../scripts/lib/run-command.ts";
import { ensureBinaries } from "../scripts/offline/binaries.ts";
import { loadAverage, table } from "./measure.ts";

const sizes = [10_000, 25_000, 50_000, 100_000];
const seriesPerTarget = 1_000;

/** Scrape interval in seconds. It can be short, because memory depends on the number of samples, not on their age. */
const interval = 2;

/** More than 120, after which Prometheus memory-maps the chunk and memory stays constant. */
const samplesEach = 140;

const log = (line: string) => process.stdout.write(`${line}\n`);

/** Resource usage of one Prometheus. */
interface Usage {
  readonly series: number;
  /** Maximum resident memory in bytes. */
  readonly resident: number;
  /** CPU seconds. */
  readonly cpu: number;
  readonly samples: number;
  /** Size in bytes of a block with all samples. */
  readonly block: number;
}

/** Memory, CPU time and disk usage of one Prometheus without rules, by number of series. */
export async function benchSeries(): Promise<string> {
  const { prometheus } = await ensureBinaries(["prometheus"], { log });
  const before = loadAverage();
  const usages: Usage[] = [];
  for (const size of sizes) {
    log(`  ${size} series, ${samplesEach} samples of each`);
    const usage = await measure(prometheus, size);
    log(`    ${mebibytes(usage.resident)} MiB`);
    usages.push(usage);
  }
  return report(usages, before);
}

async function measure(program: string, size: number): Promise<Usage> {
  const folder = mkdtempSync(join(tmpdir(), "white-room-series-"));
  const [exporterPort, port] = [await freePort(), await freePort()];
  const exporter = syntheticExporter(exporterPort);
  const prometheus = startPrometheus(program, folder, { port, exporterPort, targets: size / seriesPerTarget });
  try {
    let resident = 0;
    for (const deadline = Date.now() + samplesEach * interval * 1_000; Date.now() < deadline; await sleep(2_000)) {
      resident = Math.max(resident, (await ownMetrics(port)).get("process_resident_memory_bytes") ?? 0);
    }
    const metrics = await ownMetrics(port);
    const series = metrics.get("prometheus_tsdb_head_series") ?? 0;
    if (series < size) throw new Error(`Prometheus has only ${series} of ${size} series: this machine is too slow`);
    return {
      series,
      resident,
      cpu: metrics.get("process_cpu_seconds_total") ?? Number.NaN,
      samples: metrics.get('prometheus_tsdb_head_samples_appended_total{type="float"}') ?? Number.NaN,
      block: await blockSize(port, folder),
    };
  } finally {
    prometheus.kill();
    exporter.close();
    exporter.closeAllConnections();
    if (prometheus.exitCode === null) await new Promise((done) => prometheus.once("exit", done));
    rmSync(folder, { recursive: true });
  }
}

/** Serves all targets, one per path, with counters that grow by random amounts. */
function syntheticExporter(port: number): Server {
  const values = new Map<string, number>();
  return createServer(({ url = "" }, response) => {
    const lines = ["# TYPE whiteroom_synthetic_total counter"];
    for (let series = 0; series < seriesPerTarget; series++) {
      const key = `${url} ${series}`;
      const value = (values.get(key) ?? 0) + Math.floor(Math.random() * 100);
      values.set(key, value);
      lines.push(
        `whiteroom_synthetic_total{route="/api/resource-${series % 50}",method="GET",code="200",n="${series}"} ${value}`,
      );
    }
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(`${lines.join("\n")}\n`);
  }).listen(port, "127.0.0.1");
}

function startPrometheus(
  program: string,
  folder: string,
  { port, exporterPort, targets }: { readonly port: number; readonly exporterPort: number; readonly targets: number },
): ChildProcess {
  const config = {
    global: { scrape_interval: `${interval}s`, scrape_timeout: `${interval}s` },
    scrape_configs: Array.from({ length: targets }, (_, target) => ({
      job_name: `synthetic-${target}`,
      metrics_path: `/${target}`,
      static_configs: [
        { targets: [`127.0.0.1:${exporterPort}`], labels: { service: "synthetic", cluster: "bench", env: "bench" } },
      ],
    })),
  };
  writeFileSync(join(folder, "prometheus.yml"), toYaml(config));
  return spawn(
    program,
    [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-admin-api",
      "--log.level=error",
    ],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
}

/** Prometheus' own metrics by name and labels; empty while it is starting. */
async function ownMetrics(port: number): Promise<Map<string, number>> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  const lines = (await response?.text())?.split("\n") ?? [];
  return new Map(
    lines
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
  );
}

/** Size of a snapshot, which writes the head as blocks. */
async function blockSize(port: number, folder: string): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/api/v1/admin/tsdb/snapshot`, { method: "POST" });
  const { data } = (await response.json()) as { data: { name: string } };
  const [bytes = ""] = (await run("du", ["-sb", join(folder, "data", "snapshots", data.name)])).split("\t");
  return Number(bytes);
}

function report(usages: readonly Usage[], before: number): string {
  const rows = usages.map(({ series, resident, cpu, samples, block }) => [
    String(series),
    mebibytes(resident),
    ((cpu / samples) * 1e6).toFixed(1),
    (block / samples).toFixed(2),
  ]);
  const { slope, base } = line(usages.map(({ series, resident }) => [series, resident]));
  return [
    `Counters with 7 labels and random increases, ${samplesEach} samples each, scraped every ${interval} s, without rules and queries. Load`,
    `average ${before.toFixed(1)} before and ${loadAverage().toFixed(1)} after.`,
    "",
    table(["series", "max. resident MiB", "CPU µs per sample", "block bytes per sample"], rows),
    "",
    `Linear fit of the memory: ${mebibytes(base)} MiB plus ${(slope / 1024).toFixed(1)} KiB per series.`,
  ].join("\n");
}

function mebibytes(bytes: number): string {
  return String(Math.round(bytes / 1024 ** 2));
}

/** Least squares fit. */
function line(points: readonly (readonly [number, number])[]): { slope: number; base: number } {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [x, y] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const slope =
    points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0) /
    points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
  return { slope, base: y - slope * x };
}
