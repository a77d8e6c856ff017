import { spawn } from "node:child_process";
import { once } from "node:events";
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { objectiveSeries } from "../config/alerts/objective-rules.ts";
import { type Objective, objectives } from "../config/alerts/objectives.ts";
import { recorded } from "../config/alerts/recording.ts";
import { renderRules } from "../config/alerts/render.ts";
import { toYaml } from "../config/file.ts";
import { toSettings } from "../config/settings/settings.ts";
import { latencyBuckets } from "../config/white-room/objectives.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import { run } from "../scripts/lib/run-command.ts";
import { ensureBinaries } from "../scripts/offline/binaries.ts";
import { loadAverage, table } from "./measure.ts";
import { type Evaluation, evaluationOf } from "./rule-evaluation.ts";
import { benchConfig } from "./stacks.ts";

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
  const { prometheus: program, promtool } = await ensureBinaries(["prometheus", "promtool"], { log: () => undefined });
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
    await writeHistory(join(folder, "history.txt"), objectives(settings));
    await run(promtool, [
      ...["tsdb", "create-blocks-from", "--max-block-duration=240h", "openmetrics"],
      ...[join(folder, "history.txt"), join(folder, "data")],
    ]);
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
      await sleep(7 * 60_000);
      return report(await evaluationOf(`http://127.0.0.1:${port}`, "4m"));
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

function report({ groups, median, min }: Evaluation): string {
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

/** Three days of the recorded rates and 90 days of their samples, in OpenMetrics format. */
async function writeHistory(file: string, all: readonly Objective[]): Promise<void> {
  const now = Math.floor(Date.now() / 60_000) * 60;
  const output = createWriteStream(file);
  const ofObjectives = all.map(({ name, service, team }) => `slo="${name}",service="${service}",team="${team}"`);
  const ofProbes = probes.map(
    (probe) => `job="probe",instance="${probe}",probe="${probe}",service="site",team="platform"`,
  );
  const past = [
    { series: objectiveSeries.events, of: ofObjectives, days: 3, step: 60, value: 10 },
    { series: objectiveSeries.errors, of: ofObjectives, days: 3, step: 60, value: 0.002 },
    { series: objectiveSeries.sampledEvents, of: ofObjectives, days: 90, step: 600, value: 10 },
    { series: objectiveSeries.sampledErrors, of: ofObjectives, days: 90, step: 600, value: 0.002 },
    { series: recorded.probeSuccess, of: ofProbes, days: 1, step: 60, value: 1 },
    { series: recorded.probeSampled, of: ofProbes, days: 90, step: 600, value: 1 },
  ];
  for (const { series, of, days, step, value } of past) {
    for (const own of of) {
      const labels = `${own},cluster="bench",env="bench"`;
      const lines: string[] = [];
      for (let time = now - days * 86_400; time < now; time += step)
        lines.push(`${series}{${labels}} ${value * (1 - Math.random() / 10)} ${time}\n`);
      if (!output.write(lines.join(""))) await once(output, "drain");
    }
  }
  output.end("# EOF\n");
  await finished(output);
}
