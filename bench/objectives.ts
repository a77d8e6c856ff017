import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { objectiveSeries } from "../config/alerts/objective-rules.ts";
import { type Objective, objectives } from "../config/alerts/objectives.ts";
import { recorded } from "../config/alerts/recording.ts";
import { renderRules } from "../config/alerts/render.ts";
import { toYaml } from "../config/file.ts";
import { toSettings } from "../config/settings/settings.ts";
import { latencyBuckets } from "../config/white-room/objectives.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import { ensureBinaries } from "../scripts/offline/binaries.ts";
import { loadAverage, table } from "./measure.ts";
import { costsOfRules, type Evaluation, evaluationOf, type RuleCost } from "./rule-evaluation.ts";
import { benchConfig } from "./stacks.ts";
import { writeBlocks } from "./synthetic-history.ts";

const day = 86_400_000;

/** Minutes before measuring: the range of most rules. */
const warmUp = 5;
const measured = 3;

const routes = 20;

const kinds = [
  { of: "latency", service: "juce-backend", threshold: 0.25 },
  { of: "latency", service: "swift-frontend", threshold: 1 },
  { of: "requests", service: "juce-backend" },
  { of: "probe", service: "site" },
  { of: "render", service: "audio-engine" },
];
const windows = ["7d", "30d", "90d"];
const probes = Array.from({ length: 200 }, (_, index) => `page-${index}`);

/** Evaluation time of the rules of 50 objectives and 200 probes, with the history of their windows. */
export async function benchObjectives(): Promise<string> {
  const { prometheus: program } = await ensureBinaries(["prometheus"], { log: () => undefined });
  const config = benchConfig("bench-alerting");
  const slos = Array.from({ length: 50 }, (_, index) => ({
    name: `objective-${index}`,
    window: windows[index % windows.length],
    ...kinds[index % kinds.length],
    ...(kinds[index % kinds.length]?.of === "probe" && { probe: probes[index] }),
  }));
  const targets = probes.map((name) => ({ name, kind: "http", url: `https://${name}.example.com/`, service: "site" }));
  const settings = toSettings(
    { ...config, values: { ...config.values, slos, probes: { targets, ownPages: false } } },
    { requireSecrets: false },
  );
  const folder = mkdtempSync(join(tmpdir(), "white-room-bench-"));
  const server = createServer(({ url }, response) => {
    const now = Date.now() / 1000;
    response
      .writeHead(200, { "content-type": "text/plain; version=0.0.4" })
      .end(url === "/probe" ? probeMetrics(now) : metrics(now));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = await freePort();
  try {
    await writeHistory(join(folder, "data"), objectives(settings));
    const rules = renderRules(settings).filter(({ path }) => /(?:http|budget|objectives|probes)\.yml$/.test(path));
    for (const { path, content } of rules) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const target = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
    const common = { cluster: "bench", env: "bench" };
    const scraped = {
      global: { scrape_interval: "15s", evaluation_interval: "15s" },
      rule_files: rules.map(({ path }) => path),
      scrape_configs: [
        { job_name: "prometheus", static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
        { job_name: "applications", honor_labels: true, static_configs: [{ targets: target, labels: common }] },
        {
          job_name: "probe",
          metrics_path: "/probe",
          scrape_interval: "30s",
          static_configs: probes.map((probe) => ({
            targets: target,
            labels: { ...common, probe, instance: probe, service: "site", team: "platform" },
          })),
        },
      ],
    };
    writeFileSync(join(folder, "prometheus.yml"), toYaml(scraped));
    const prometheus = spawn(
      program,
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "data")}`,
        "--storage.tsdb.retention.time=120d",
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=error",
      ],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
    try {
      const url = `http://127.0.0.1:${port}`;
      await sleep(warmUp * 60_000);
      const costs = await costsOfRules(url, measured);
      return report(await evaluationOf(url, `${measured}m`), costs);
    } finally {
      prometheus.kill();
      if (prometheus.exitCode === null) await once(prometheus, "exit");
    }
  } finally {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  }
}

function report({ groups, median, min }: Evaluation, costs: readonly RuleCost[]): string {
  const milliseconds = (seconds = Number.NaN) => (seconds * 1000).toFixed(1);
  const own = ["recording-http", "recording-budget", "objectives", "recording-probes", "probes"];
  return [
    `Load average: ${loadAverage().toFixed(1)}.`,
    "",
    table(
      ["evaluation time, ms", "50 objectives, 200 probes"],
      [
        ...own.map((group) => [`${group}, median`, milliseconds(groups[group])]),
        ["one cycle of all, median", milliseconds(median)],
        ["one cycle of all, least", milliseconds(min)],
      ],
    ),
    "",
    "The most expensive rules:",
    "",
    table(
      ["rule", "median ms", "least ms"],
      costs.slice(0, 10).map((cost) => [`\`${cost.rule}\``, milliseconds(cost.median), milliseconds(cost.min)]),
    ),
  ].join("\n");
}

/** All applications in one, with counters of a constant rate. */
function metrics(now: number): string {
  const lines: string[] = [];
  for (const service of ["juce-backend", "swift-frontend"]) {
    for (let route = 0; route < routes; route++) {
      const labels = `service="${service}",route="/${route}",method="GET"`;
      for (const code of [200, 404, 500])
        lines.push(`whiteroom_http_requests_total{${labels},code="${code}"} ${now % 1e7}`);
      for (const le of [...latencyBuckets, "+Inf"])
        lines.push(`whiteroom_http_request_duration_seconds_bucket{${labels},le="${le}"} ${now % 1e7}`);
    }
  }
  for (const name of ["render_duration_seconds_count", "render_deadline_misses_total"])
    lines.push(`whiteroom_audio_${name}{service="audio-engine"} ${now % 1e7}`);
  return `${lines.join("\n")}\n`;
}

/** What blackbox_exporter returns for a page over HTTPS. */
function probeMetrics(now: number): string {
  const phases = ["connect", "processing", "resolve", "tls", "transfer"];
  return [
    "probe_success 1",
    "probe_duration_seconds 0.12",
    "probe_dns_lookup_time_seconds 0.01",
    `probe_ssl_earliest_cert_expiry ${now + 60 * 86_400}`,
    ...phases.map((phase) => `probe_http_duration_seconds{phase="${phase}"} 0.02`),
    "probe_http_status_code 200",
    "probe_ip_protocol 4",
    "",
  ].join("\n");
}

/** 90 days of the sampled averages, and a few days of the rates they are sampled from. */
async function writeHistory(directory: string, all: readonly Objective[]): Promise<void> {
  const common = { cluster: "bench", env: "bench" };
  const ofObjectives = all.map(({ name, service, team }) => ({ ...common, slo: name, service, team }));
  const ofProbes = probes.map((probe) => ({
    ...common,
    job: "probe",
    instance: probe,
    probe,
    service: "site",
    team: "platform",
  }));
  const past = [
    { metric: objectiveSeries.events, of: ofObjectives, days: 3, step: 60, value: 10 },
    { metric: objectiveSeries.errors, of: ofObjectives, days: 3, step: 60, value: 0.002 },
    { metric: objectiveSeries.sampledEvents, of: ofObjectives, days: 3, step: 600, value: 10 },
    { metric: objectiveSeries.sampledErrors, of: ofObjectives, days: 3, step: 600, value: 0.002 },
    { metric: objectiveSeries.hourlyEvents, of: ofObjectives, days: 90, step: 3600, value: 10 },
    { metric: objectiveSeries.hourlyErrors, of: ofObjectives, days: 90, step: 3600, value: 0.002 },
    { metric: recorded.probeSuccess, of: ofProbes, days: 1, step: 60, value: 1 },
    { metric: recorded.probeSampled10m, of: ofProbes, days: 1, step: 600, value: 1 },
    { metric: recorded.probeSampled1h, of: ofProbes, days: 90, step: 3600, value: 1 },
    { metric: recorded.probeSampled6h, of: ofProbes, days: 90, step: 21_600, value: 1 },
  ].map(({ metric, of, ...shape }) => ({
    ...shape,
    counter: false,
    noise: 0.1,
    series: of.map((labels) => ({ ...labels, __name__: metric })),
  }));
  const now = Math.floor(Date.now() / 60_000) * 60_000;
  mkdirSync(directory);
  // Blocks must not overlap, or Prometheus would merge them during the measurement.
  for (const [from, to] of [
    [90, 3],
    [3, 1],
    [1, 0],
  ] as const) {
    const span = { start: now - from * day, end: now - to * day, duration: 10 * day };
    await writeBlocks(
      directory,
      span,
      past.filter(({ days }) => days >= from),
    );
  }
}
