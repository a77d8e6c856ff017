import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { finished } from "node:stream/promises";

/** Targets of each job: 63 × 8 jobs = 504. */
const copies = 63;

const jobs = ["juce-backend", "swift-frontend", "audio-engine", "node", "cadvisor", "postgres", "redis", "nginx"];

/** Approximate age of captured counters in seconds. */
const age = 900;

/** Seconds before the origin at which counters started; earlier than the first sample of the history. */
const before = 8 * 86_400;

/** Samples of one target of a job. */
export interface Captured {
  readonly job: string;
  readonly service: string;
  readonly series: readonly Sample[];
  /** Recorded series. */
  readonly recorded: readonly Sample[];
}

interface Sample {
  readonly name: string;
  /** Without target labels. */
  readonly labels: string;
  readonly value: number;
}

/** Captures one target of each job from a running Prometheus. */
export async function captureTargets(prometheus: string): Promise<Captured[]> {
  return Promise.all(
    jobs.map(async (job) => {
      const query = new URLSearchParams({ "match[]": `{job="${job}"}` });
      const text = await (await fetch(`${prometheus}/federate?${query}`)).text();
      const [instance = ""] = /instance="[^"]*"/.exec(text) ?? [];
      const service = /[{,]service="([^"]*)"/.exec(text)?.[1] ?? job;
      const samples = [...text.matchAll(/^([\w:]+)\{(.*)\} (\S+) \d+$/gm)]
        .filter(([line, name = ""]) => line.includes(instance) && !/^(?:up|scrape_|ALERTS)/.test(name))
        .map(([, name = "", labels = "", value]) => ({ name, labels: ownLabels(labels), value: Number(value) }));
      return {
        job,
        service,
        series: samples.filter(({ name }) => !name.includes(":")),
        recorded: samples.filter(({ name }) => name.includes(":")),
      };
    }),
  );
}

function ownLabels(labels: string): string {
  return [...labels.matchAll(/(\w+)="(?:[^"\\]|\\.)*"/g)]
    .filter(([, name = ""]) => !["job", "instance", "service", "cluster", "env"].includes(name))
    .map(([pair]) => pair)
    .join(",");
}

/** Counters keep their rate; other values stay nearly constant. */
function valueAt({ name, value }: Sample, secondsSinceOrigin: number): number {
  if (/_(?:total|bucket|count|sum)$/.test(name)) return (value * (secondsSinceOrigin + before)) / age;
  return value * (1 - Math.random() / 1000);
}

const instanceOf = (job: string, copy: number) => `${job}-${copy}:80`;

/** Serves every target under `/<job>/<instance>`. */
export async function serveTargets(captured: readonly Captured[], origin: number) {
  const byJob = new Map(captured.map(({ job, series }) => [job, series]));
  const server = createServer(({ url = "" }, response) => {
    const now = Date.now() / 1000 - origin;
    const series = byJob.get(url.split("/")[1] ?? "") ?? [];
    const text = series.map((sample) => `${sample.name}{${sample.labels}} ${valueAt(sample, now)}\n`).join("");
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(text);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Scrape jobs like the stack's, with all targets on one address and a path per target. */
export function syntheticJobs(captured: readonly Captured[], port: number): object[] {
  return captured.map(({ job, service }) => ({
    job_name: job,
    static_configs: [
      {
        targets: Array.from({ length: copies }, (_, copy) => instanceOf(job, copy)),
        labels: { service, cluster: "bench", env: "bench" },
      },
    ],
    relabel_configs: [
      { source_labels: ["__address__"], target_label: "instance" },
      { source_labels: ["__address__"], target_label: "__metrics_path__", replacement: `/${job}/$1` },
      { target_label: "__address__", replacement: `127.0.0.1:${port}` },
    ],
  }));
}

/** Series that rules read over long ranges: start and end in hours ago, and sample interval in seconds. */
const past = [
  { names: /^instance:whiteroom_http_request(?:s|_failures):rate5m$/, from: 6, to: 0, step: 15 },
  { names: /^instance:whiteroom_http_request(?:s|_failures):rate1h$/, from: 72, to: 0, step: 60 },
  { names: /^node_filesystem_avail_bytes$/, from: 6, to: 0, step: 15 },
  { names: /^whiteroom_(?:songs_created|user_signups)_total$/, from: 1, to: 0, step: 15 },
  { names: /^whiteroom_auth_attempts_total$/, from: 25.1, to: 23.5, step: 15 },
];

/** Writes the history of all targets in OpenMetrics format. Returns the number of samples. */
export async function writeHistory(file: string, captured: readonly Captured[], origin: number): Promise<number> {
  const output = createWriteStream(file);
  let samples = 0;
  for (const { names, from, to, step } of past) {
    for (const { job, service, series, recorded } of captured) {
      for (const sample of [...series, ...recorded].filter(({ name }) => names.test(name))) {
        for (let copy = 0; copy < copies; copy++) {
          const target = `job="${job}",instance="${instanceOf(job, copy)}",service="${service}",cluster="bench",env="bench"`;
          const labels = sample.labels === "" ? target : `${target},${sample.labels}`;
          const lines: string[] = [];
          for (let time = -from * 3600; time < -to * 3600; time += step) {
            lines.push(`${sample.name}{${labels}} ${valueAt(sample, time)} ${(origin + time).toFixed(3)}\n`);
          }
          samples += lines.length;
          if (!output.write(lines.join(""))) await once(output, "drain");
        }
      }
    }
  }
  output.end("# EOF\n");
  await finished(output);
  return samples;
}
