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
import { renderRules } from "../config/alerts/render.ts";
import { toYaml } from "../config/file.ts";
import { toSettings } from "../config/settings/settings.ts";
import { latencyBuckets } from "../config/white-room/objectives.ts";
import { freePort } from "../scripts/lib/free-port.ts";
import { run } from "../scripts/lib/run-command.ts";
import { ensureBinaries } from "../scripts/offline/binaries.ts";
import { loadAverage, table } from "./measure.ts";
import { evaluationOf } from "./rule-evaluation.ts";
import { benchConfig } from "./stacks.ts";

const routes = 20;

const kinds = [
  { of: "latency", service: "juce-backend", threshold: 0.25 },
  { of: "latency", service: "swift-frontend", threshold: 1 },
  { of: "requests", service: "juce-backend" },
  { of: "probe", service: "swift-frontend" },
  { of: "render", service: "audio-engine" },
];
const windows = ["7d", "30d", "90d"];

/** Evaluation time of the rules of 50 objectives with the history of their windows. */
export async function benchObjectives(): Promise<string> {
  const { prometheus: program, promtool } = await ensureBinaries(["prometheus", "promtool"], { log: () => undefined });
  const config = benchConfig("bench-alerting");
  const slos = Array.from({ length: 50 }, (_, index) => ({
    name: `objective-${index}`,
    window: windows[index % windows.length],
    ...kinds[index % kinds.length],
  }));
  const settings = toSettings({ ...config, values: { ...config.values, slos } }, { requireSecrets: false });
  const folder = mkdtempSync(join(tmpdir(), "white-room-bench-"));
  const server = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(metrics(Date.now() / 1000));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = await freePort();
  try {
    await writeHistory(join(folder, "history.txt"), objectives(settings));
    await run(promtool, [
      ...["tsdb", "create-blocks-from", "--max-block-duration=240h", "openmetrics"],
      ...[join(folder, "history.txt"), join(folder, "data")],
    ]);
    const rules = renderRules(settings).filter(({ path }) => /(?:http|budget|objectives)\.yml$/.test(path));
    for (const { path, content } of rules) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const target = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
    const scraped = {
      global: { scrape_interval: "15s", evaluation_interval: "15s" },
      rule_files: rules.map(({ path }) => path),
      scrape_configs: [
        { job_name: "prometheus", static_configs: [{ targets: [`127.0.0.1:${port}`] }] },
        {
          job_name: "probe",
          honor_labels: true,
          static_configs: [{ targets: target, labels: { cluster: "bench", env: "bench" } }],
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
      const { groups } = await evaluationOf(`http://127.0.0.1:${port}`, "4m");
      return report(groups);
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

function report(groups: Readonly<Record<string, number>>): string {
  const own = ["recording-budget", "objectives"];
  const milliseconds = (group: string) => ((groups[group] ?? Number.NaN) * 1000).toFixed(1);
  return [
    `Load average: ${loadAverage().toFixed(1)}.`,
    "",
    table(
      ["median evaluation time by group, ms", "50 objectives, windows of 7, 30 and 90 days"],
      own.map((group) => [group, milliseconds(group)]),
    ),
  ].join("\n");
}

/** Targets of all kinds in one: counters with a constant rate, and a probe that succeeds. */
function metrics(now: number): string {
  const lines = [`probe_success{probe="site",service="swift-frontend"} 1`];
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

/** Three days of the recorded rates and 90 days of their samples, in OpenMetrics format. */
async function writeHistory(file: string, all: readonly Objective[]): Promise<void> {
  const now = Math.floor(Date.now() / 60_000) * 60;
  const output = createWriteStream(file);
  const past = [
    { series: objectiveSeries.events, days: 3, step: 60, value: 10 },
    { series: objectiveSeries.errors, days: 3, step: 60, value: 0.002 },
    { series: objectiveSeries.sampledEvents, days: 90, step: 600, value: 10 },
    { series: objectiveSeries.sampledErrors, days: 90, step: 600, value: 0.002 },
  ];
  for (const { series, days, step, value } of past) {
    for (const { name, service, team } of all) {
      const labels = `slo="${name}",service="${service}",team="${team}",cluster="bench",env="bench"`;
      const lines: string[] = [];
      for (let time = now - days * 86_400; time < now; time += step)
        lines.push(`${series}{${labels}} ${value * (1 - Math.random() / 10)} ${time}\n`);
      if (!output.write(lines.join(""))) await once(output, "drain");
    }
  }
  output.end("# EOF\n");
  await finished(output);
}
