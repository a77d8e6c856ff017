import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { jaegerPorts } from "../config/products/jaeger/product.ts";
import { toSettings } from "../config/settings/settings.ts";
import { bytes } from "../config/settings/units.ts";
import { run } from "../scripts/lib/run-command.ts";
import { RunningJaeger } from "../test/validate/jaeger-program.ts";
import { otlpBytes, type SentSpan } from "../test/validate/span-senders.ts";
import { loadAverage, table } from "./measure.ts";
import { benchConfig } from "./stacks.ts";

/** Spans per second of the steady part, and its duration in seconds. */
const rate = 500;
const steadySeconds = 300;

/** Spans of both parts together. */
const total = 500_000;

const services = ["juce-backend", "swift-frontend", "audio-engine"] as const;

const below = (limit: number) => Math.floor(Math.random() * limit);

/** Attributes of the demo's spans, with more distinct values, because equal ones take little space. */
const attributes = () => ({
  "http.request.method": "GET",
  "url.path": `/api/songs/${below(100_000)}`,
  "http.route": "/api/songs/:id",
  "http.response.status_code": "200",
  "server.address": "juce-backend",
  "client.address": `10.${below(256)}.${below(256)}.${below(256)}`,
});

/** Resource attributes, which SDK and collector add. */
const resource = {
  "service.namespace": "white-room",
  "service.version": "2.14.0",
  "deployment.environment.name": "bench",
  cluster: "local",
  env: "bench",
};

/**
 * Jaeger with its default limits on this machine: 500 spans a second for five minutes, then as many as it accepts, up to half a
 * million. Memory is the anonymous memory of the process, without file pages, which the kernel can reclaim.
 */
export async function benchTraces(): Promise<string> {
  const config = benchConfig("bench-memory");
  const values = { ...config.values, tracing: { enabled: true } };
  const settings = toSettings({ ...config, values }, { requireSecrets: false });
  process.env["GOMEMLIMIT"] = String(Math.floor(bytes(settings.tracing.limits.memory) * 0.8));
  const jaeger = new RunningJaeger();
  await jaeger.start(settings);
  try {
    const steady = await measured(jaeger, () => sendSteadily(jaeger));
    const sentBefore = await jaeger.metric("otelcol_exporter_sent_spans_total");
    const flood = await measured(jaeger, () => sendFast(jaeger, total - rate * steadySeconds));
    await jaeger.stop();
    const size = Number((await run("du", ["--summarize", "--block-size=1", jaeger.directory])).split("\t")[0]);
    return report(steady, { ...flood, sent: flood.sent - sentBefore }, size / flood.sent);
  } finally {
    await jaeger.remove();
  }
}

interface Part {
  readonly seconds: number;
  /** Spans stored and lost since the start. */
  readonly sent: number;
  readonly lost: number;
  /** Spans that were refused and sent again. */
  readonly refused: number;
  readonly cpuSeconds: number;
  readonly peakMemory: number;
}

async function measured(jaeger: RunningJaeger, work: () => Promise<unknown>): Promise<Part> {
  const counted = async () => ({
    refused: await jaeger.metric("otelcol_receiver_refused_spans_total"),
    cpu: await jaeger.metric("otelcol_process_cpu_seconds_total"),
  });
  const before = await counted();
  const began = performance.now();
  let peakMemory = 0;
  const watch = setInterval(() => {
    peakMemory = Math.max(peakMemory, ownMemory(jaeger.pid));
  }, 1000);
  await work();
  const seconds = (performance.now() - began) / 1000;
  // The last batch.
  await sleep(3000);
  clearInterval(watch);
  const after = await counted();
  return {
    seconds,
    sent: await jaeger.metric("otelcol_exporter_sent_spans_total"),
    lost: await jaeger.metric("otelcol_exporter_send_failed_spans_total"),
    refused: after.refused - before.refused,
    cpuSeconds: after.cpu - before.cpu,
    peakMemory,
  };
}

/** Anonymous memory of a process in bytes. */
function ownMemory(pid: number | undefined): number {
  const kibibytes = /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kibibytes) * 1024;
}

/** Traces of five spans. */
function request(count: number, service: string): Uint8Array<ArrayBuffer> {
  const spans = Array.from({ length: count / 5 }, () => {
    const traceId = randomBytes(16).toString("hex");
    return Array.from({ length: 5 }, (_, index): SentSpan => {
      const name = `operation ${index}`;
      return {
        traceId,
        spanId: randomBytes(8).toString("hex"),
        name,
        milliseconds: Math.random() * 50,
        attributes: attributes(),
      };
    });
  });
  return new Uint8Array(otlpBytes(service, spans.flat(), resource));
}

async function send(jaeger: RunningJaeger, body: Uint8Array<ArrayBuffer>): Promise<void> {
  for (;;) {
    const answer = await fetch(`${jaeger.url(jaegerPorts.otlpHttp)}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/x-protobuf" },
      body,
    });
    await answer.arrayBuffer();
    if (answer.ok) return;
    if (answer.status !== 503) throw new Error(`Jaeger answers ${answer.status}`);
    await sleep(500);
  }
}

async function sendSteadily(jaeger: RunningJaeger): Promise<void> {
  const start = Date.now();
  const perRequest = rate / 5;
  for (let index = 0; index < steadySeconds * 5; index++) {
    await send(jaeger, request(perRequest, services[index % services.length] ?? services[0]));
    await sleep(Math.max(0, start + (index + 1) * 200 - Date.now()));
  }
}

async function sendFast(jaeger: RunningJaeger, spans: number): Promise<void> {
  for (let index = 0; index < spans / 1000; index++)
    await send(jaeger, request(1000, services[index % services.length] ?? services[0]));
}

function report(steady: Part, flood: Part, bytesPerSpan: number): string {
  const row = (name: string, { seconds, sent, lost, refused, cpuSeconds, peakMemory }: Part) => [
    name,
    Math.round(sent / seconds).toLocaleString("en"),
    sent.toLocaleString("en"),
    String(lost),
    refused.toLocaleString("en"),
    `${((cpuSeconds / sent) * 1e6).toFixed(0)} s`,
    `${Math.round(peakMemory / 1024 ** 2)} MiB`,
  ];
  return [
    `Load average: ${loadAverage().toFixed(1)}.`,
    "",
    table(
      [
        "part",
        "spans per second",
        "stored",
        "lost",
        "refused, and stored when sent again",
        "CPU per million spans",
        "peak memory",
      ],
      [row("500 spans a second for five minutes", steady), row("as many as it takes", flood)],
    ),
    "",
    `Bytes on disk per span, with its indices, after Jaeger stopped: ${Math.round(bytesPerSpan)}.`,
  ].join("\n");
}
