import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { toYaml } from "../../config/file.ts";
import { lokiConfig } from "../../config/products/loki/loki.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { findProgram } from "../lib/find-program.ts";
import { freePort } from "../lib/free-port.ts";
import { lastLines, tryRun } from "../lib/run-command.ts";
import { cacheFolder } from "../offline/cache.ts";
import { readRecording, requestsOf } from "./recording.ts";
import type { Sources } from "./sources.ts";

/** Milliseconds for a program to start, with a margin for busy machines. */
const startTimeout = 120_000;

/**
 * Runs Prometheus and Loki on the data of a recording while `work` runs. They scrape nothing and evaluate no rules, so the
 * same recording always has the same data. Their files are in `scratch`.
 */
export async function withRecording<T>(
  folder: string,
  scratch: string,
  work: (sources: Sources) => Promise<T>,
): Promise<T> {
  const { scrapeInterval } = readRecording(folder);
  const [samples, lines] = [requestsOf(folder, "prometheus"), requestsOf(folder, "loki")];
  const abort = new AbortController();
  const ended: Promise<unknown>[] = [];
  const start = async (name: string, args: readonly string[], url: string) => {
    const running = tryRun(program(name), args, { signal: abort.signal });
    ended.push(running);
    const exit = running.then(({ output }) => {
      throw new Error(`${name} exited:\n${lastLines(output, 15)}`);
    });
    exit.catch(() => {});
    await Promise.race([exit, untilReady(name, url, abort.signal)]);
    return url;
  };
  try {
    const prometheus = await start("prometheus", ...(await prometheusArguments(join(scratch, "prometheus"))));
    for (const body of samples) await post(`${prometheus}/api/v1/write`, body, writeHeaders);
    if (lines.length === 0) return await work({ prometheus, scrapeInterval });
    const loki = await start("loki", ...(await lokiArguments(join(scratch, "loki"))));
    for (const body of lines) await post(`${loki}/loki/api/v1/push`, body, pushHeaders);
    return await work({ prometheus, scrapeInterval, loki });
  } finally {
    abort.abort();
    await Promise.all(ended);
  }
}

const writeHeaders = {
  "content-type": "application/x-protobuf",
  "content-encoding": "snappy",
  "x-prometheus-remote-write-version": "0.1.0",
};

const pushHeaders = { "content-type": "application/json", "content-encoding": "gzip" };

async function post(url: string, body: Buffer<ArrayBuffer>, headers: Record<string, string>): Promise<void> {
  const response = await fetch(url, { method: "POST", headers, body });
  if (!response.ok) throw new Error(`${url} returned ${response.status}: ${(await response.text()).trim()}`);
}

type Started = [args: string[], url: string];

async function prometheusArguments(folder: string): Promise<Started> {
  mkdirSync(folder, { recursive: true });
  const config = join(folder, "prometheus.yml");
  writeFileSync(config, "");
  const address = `127.0.0.1:${await freePort()}`;
  return [
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=${address}`,
      "--web.enable-remote-write-receiver",
    ],
    `http://${address}`,
  ];
}

/** Uses the config of the stack without limits on ingestion rates and the age of lines. */
async function lokiArguments(folder: string): Promise<Started> {
  const values = { platform: "docker", environment: "recording", alerting: { enabled: false } };
  const settings = toSettings({ stack: "recording", values, secrets: new Set() }, { requireSecrets: false });
  const port = await freePort();
  const rulesDirectory = join(folder, "rules");
  const limitsFile = join(folder, "limits.yml");
  const config = lokiConfig(settings, {
    ...{ listenAddress: "127.0.0.1", port, grpcPort: await freePort() },
    ...{ dataDirectory: folder, limitsFile, rulesDirectory },
  });
  mkdirSync(rulesDirectory, { recursive: true });
  writeFileSync(limitsFile, "overrides: {}\n");
  const file = join(folder, "loki.yml");
  const unlimited = "1GB";
  writeFileSync(
    file,
    toYaml({
      ...config,
      // No limit. By default, only recent lines are queried from the ingester, but here it holds all of them.
      ingester: { ...config.ingester, query_store_max_look_back_period: -1 },
      compactor: { ...config.compactor, retention_enabled: false },
      limits_config: {
        ...config.limits_config,
        reject_old_samples: false,
        ingestion_rate_mb: 1000,
        ingestion_burst_size_mb: 1000,
        per_stream_rate_limit: unlimited,
        per_stream_rate_limit_burst: unlimited,
        max_global_streams_per_user: 0,
      },
    }),
  );
  return [[`-config.file=${file}`], `http://127.0.0.1:${port}`];
}

function program(name: string): string {
  const path = findProgram(name, join(cacheFolder(), "bin"));
  if (path !== undefined) return path;
  throw new Error(`${name} is not on this machine: install it, or build it with \`npm run sandbox -- images\``);
}

async function untilReady(name: string, url: string, signal: AbortSignal): Promise<void> {
  const path = name === "loki" ? "/ready" : "/-/ready";
  for (const end = Date.now() + startTimeout; Date.now() < end && !signal.aborted; await sleep(200)) {
    const isReady = await fetch(`${url}${path}`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return;
  }
  throw new Error(`${name} did not start within ${startTimeout / 1000} s`);
}
