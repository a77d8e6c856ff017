import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import {
  type MetricDefinition,
  metricCatalogue,
  type Service,
  seriesOf,
  services,
} from "../../config/white-room/metrics.ts";
import type { SimulatorConfig } from "../../demo/config.ts";
import { type Simulator, startSimulator } from "../../demo/simulator/simulator.ts";
import { freePort } from "../../scripts/lib/free-port.ts";

// PostgreSQL and Redis are not available here; the sandbox suite tests what needs them, with real servers.
const directory = mkdtempSync(join(tmpdir(), "demo-simulator-"));
const stdout: string[] = [];
let simulator: Simulator;
let control: string;
let syslog: Server;
let syslogText = "";

before(async () => {
  syslog = createServer((socket) => {
    socket.setEncoding("utf8").on("data", (text: string) => {
      syslogText += text;
    });
  });
  await new Promise<void>((resolve) => syslog.listen(0, "127.0.0.1", resolve));
  const api = await freePort();
  const config: SimulatorConfig = {
    listen: "127.0.0.1",
    ports: { juceBackend: 0, swiftFrontend: 0, audioEngine: 0, control: 0, api, dns: 0 },
    logDirectory: directory,
    // Without Nginx, the load generator calls the API directly.
    nginxUrl: `http://127.0.0.1:${api}`,
    requestsPerSecond: 3,
    postgres: { host: "127.0.0.1", port: 1, user: "white_room", database: "white_room" },
    redis: { host: "127.0.0.1", port: 1 },
    syslog: { host: "127.0.0.1", port: (syslog.address() as { port: number }).port },
    links: [],
  };
  simulator = await startSimulator(config, (line) => void stdout.push(line));
  control = `http://127.0.0.1:${simulator.ports.control}`;
});

after(async () => {
  await simulator.stop();
  syslog.close();
  rmSync(directory, { recursive: true });
});

type Samples = Map<string, number>;

async function scrape(service: Service): Promise<{ text: string; samples: Samples }> {
  const { ports } = simulator;
  const port = {
    "juce-backend": ports.juceBackend,
    "swift-frontend": ports.swiftFrontend,
    "audio-engine": ports.audioEngine,
  };
  const text = await (await fetch(`http://127.0.0.1:${port[service]}/metrics`)).text();
  const samples: Samples = new Map();
  for (const line of text.split("\n")) {
    const match = /^([^#\s][^{\s]*(?:\{.*\})?) (\S+)$/.exec(line);
    if (match?.[1] !== undefined) samples.set(sorted(match[1]), Number(match[2]));
  }
  return { text, samples };
}

/** A series' name with its labels in order. */
function sorted(series: string): string {
  const [, name = "", labels = ""] = /^([^{]+)(?:\{(.*)\})?$/.exec(series) ?? [];
  return `${name}{${(labels.match(/\w+="[^"]*"/g) ?? []).sort().join(",")}}`;
}

function seriesName(name: string, labels: Readonly<Record<string, string>>): string {
  return sorted(
    `${name}{${Object.entries(labels)
      .map(([key, value]) => `${key}="${value}"`)
      .join(",")}}`,
  );
}

async function rise(service: Service, series: string, milliseconds = 1000): Promise<number> {
  const first = (await scrape(service)).samples.get(series) ?? Number.NaN;
  await wait(milliseconds);
  return ((await scrape(service)).samples.get(series) ?? Number.NaN) - first;
}

const fault = (method: string, path: string, body?: unknown) =>
  fetch(`${control}/faults/${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });

for (const service of services) {
  test(`${service} exposes its part of the catalogue and nothing else`, async () => {
    const { text, samples } = await scrape(service);
    const catalogue: readonly MetricDefinition[] = metricCatalogue;
    const own = catalogue.filter((metric) => metric.services.includes(service));
    const wanted = own.flatMap((metric) =>
      seriesOf(metric, service).flatMap((labels) => {
        if (metric.type !== "histogram") return [seriesName(metric.name, labels)];
        const bounds = [...(metric.buckets ?? []).map(String), "+Inf"];
        return [
          ...bounds.map((le) => seriesName(`${metric.name}_bucket`, { ...labels, le })),
          seriesName(`${metric.name}_sum`, labels),
          seriesName(`${metric.name}_count`, labels),
        ];
      }),
    );
    const exposed = [...samples.keys()].filter((series) => series.startsWith("whiteroom_"));
    assert.deepEqual(exposed.sort(), wanted.sort());
    for (const { name, type } of own) assert.ok(text.includes(`# TYPE ${name} ${type}\n`), `${name} is no ${type}`);
  });
}

test("a request is counted, timed and logged with its trace ID", async () => {
  const trace = "0123456789abcdef0123456789abcdef";
  const response = await fetch(`http://127.0.0.1:${simulator.ports.api}/health`, {
    headers: { traceparent: `00-${trace}-0123456789abcdef-01` },
  });
  assert.equal(response.headers.get("x-trace-id"), trace);
  const { samples } = await scrape("juce-backend");
  const labels = { method: "GET", route: "/health" };
  assert.equal(samples.get(seriesName("whiteroom_http_requests_total", { ...labels, code: "200" })), 1);
  assert.equal(samples.get(seriesName("whiteroom_http_request_duration_seconds_count", labels)), 1);
  const log = readFileSync(join(directory, "juce-backend", "juce-backend.log"), "utf8");
  const line = log.split("\n").find((each) => each.includes(trace)) ?? "{}";
  const { level, service, route, status, trace_id } = JSON.parse(line);
  assert.deepEqual(
    { level, service, route, status, trace_id },
    { level: "info", service: "juce-backend", route: "/health", status: 200, trace_id: trace },
  );
});

test("unknown paths share one series", async () => {
  for (const path of ["/a", "/b"]) await fetch(`http://127.0.0.1:${simulator.ports.api}${path}`, { method: "DELETE" });
  const { samples } = await scrape("juce-backend");
  const labels = { method: "other", route: "unmatched", code: "404" };
  assert.equal(samples.get(seriesName("whiteroom_http_requests_total", labels)), 2);
});

test("without PostgreSQL the API answers 503", async () => {
  assert.equal((await fetch(`http://127.0.0.1:${simulator.ports.api}/api/performances`)).status, 503);
});

test("healthy numbers stay below every alert's threshold", async () => {
  const { samples } = await scrape("swift-frontend");
  assert.ok((samples.get("whiteroom_sessions_active{}") ?? 0) > 20);
  await rise("audio-engine", "whiteroom_audio_render_duration_seconds_count{}");
  const engine = (await scrape("audio-engine")).samples;
  assert.equal(engine.get("whiteroom_audio_render_deadline_misses_total{}"), 0);
  const count = engine.get("whiteroom_audio_render_duration_seconds_count{}") ?? 0;
  assert.ok(count > 0);
  assert.equal(engine.get('whiteroom_audio_render_duration_seconds_bucket{le="0.025"}'), count);
});

test("audio-overload: buffers over 50 ms, missed deadlines and XRUNs within a second", async () => {
  await fault("POST", "audio-overload?duration=30s");
  const misses = await rise("audio-engine", "whiteroom_audio_render_deadline_misses_total{}");
  const { samples } = await scrape("audio-engine");
  const slow =
    (samples.get("whiteroom_audio_render_duration_seconds_count{}") ?? 0) -
    (samples.get('whiteroom_audio_render_duration_seconds_bucket{le="0.05"}') ?? 0);
  await fault("DELETE", "audio-overload");
  assert.ok(misses > 50, `${misses} misses`);
  assert.ok(slow > 20, `${slow} buffers above 50 ms`);
  await wait(200);
  assert.equal(await rise("audio-engine", "whiteroom_audio_render_deadline_misses_total{}", 500), 0);
});

test("ffi-slow: the 95th percentile of calls is over 0.25 s", async () => {
  await fault("POST", "ffi-slow", { duration: "30s" });
  const labels = { function: "read_meters" };
  const name = "whiteroom_ffi_call_duration_seconds";
  const before = (await scrape("audio-engine")).samples;
  let afterwards = before;
  const grown = (series: string) => (afterwards.get(series) ?? 0) - (before.get(series) ?? 0);
  const calls = () => grown(seriesName(`${name}_count`, labels));
  // Enough calls that not all are fast by chance. A busy machine may delay them by seconds.
  for (const deadline = Date.now() + 20_000; calls() < 10 && Date.now() < deadline; ) {
    await wait(500);
    afterwards = (await scrape("audio-engine")).samples;
  }
  await fault("DELETE", "ffi-slow");
  const all = calls();
  const fast = grown(seriesName(`${name}_bucket`, { ...labels, le: "0.25" }));
  assert.ok(all >= 10 && fast < all * 0.95, `${fast} of ${all} calls are fast`);
});

test("errors: every fifth answer is a 500 with a stack trace in the log", async () => {
  await fault("POST", "errors?duration=30s");
  const url = `http://127.0.0.1:${simulator.ports.api}/api/profile`;
  const statuses = await Promise.all(Array.from({ length: 20 }, async () => (await fetch(url)).status));
  await fault("DELETE", "errors");
  // The load generator's requests count as well, so the number of failures may be off by one.
  const failed = statuses.filter((status) => status === 500).length;
  assert.ok(failed >= 3 && failed <= 5, `${failed} of 20 failed`);
  assert.equal((await fetch(url)).status, 401);
  const log = readFileSync(join(directory, "juce-backend", "juce-backend.log"), "utf8");
  assert.match(log, /"message":"unhandled exception in request handler".*\n {4}at \S+/);
});

test("latency: a request takes 1.5 to 3 seconds", async () => {
  await fault("POST", "latency?duration=30s");
  const started = performance.now();
  await fetch(`http://127.0.0.1:${simulator.ports.api}/api/profile`);
  const seconds = (performance.now() - started) / 1000;
  await fault("DELETE", "latency");
  assert.ok(seconds >= 1.4 && seconds < 3.3, `${seconds} s`);
});

test("auth-failures: at least five a second", async () => {
  const failures = seriesName("whiteroom_auth_attempts_total", { result: "failure", method: "password" });
  await fault("POST", "auth-failures?duration=30s");
  const { samples: first } = await scrape("juce-backend");
  await wait(1500);
  const { samples: second } = await scrape("juce-backend");
  await fault("DELETE", "auth-failures");
  const sum = (samples: Samples) =>
    [...samples].reduce((total, [name, value]) => (name.includes('result="failure"') ? total + value : total), 0);
  assert.ok(first.has(failures));
  assert.ok(sum(second) - sum(first) >= 7, `${sum(second) - sum(first)} failures in 1.5 s`);
});

test("silence: few sessions, no lines, and immediate recovery", async () => {
  const lines = () => readFileSync(join(directory, "swift-frontend", "swift-frontend.log"), "utf8").length;
  await fault("POST", "silence?duration=30s");
  await wait(300);
  const before = lines();
  assert.equal((await scrape("swift-frontend")).samples.get("whiteroom_sessions_active{}"), 3);
  await wait(700);
  assert.equal(lines(), before);
  await fault("DELETE", "silence");
  assert.ok(((await scrape("swift-frontend")).samples.get("whiteroom_sessions_active{}") ?? 0) > 20);
});

test("crash: the port refuses connections until the end, then counters restart at 0", async () => {
  await fault("POST", "crash?service=swift-frontend&duration=1s");
  await wait(200);
  await assert.rejects(scrape("swift-frontend"));
  assert.equal((await fetch(`${control}/healthz`)).status, 200);
  const crashed = (await (await fetch(`${control}/faults`)).json()) as { services: { name: string; up: boolean }[] };
  assert.deepEqual(
    crashed.services.filter(({ up }) => !up).map(({ name }) => name),
    ["swift-frontend"],
  );
  await wait(1100);
  const { samples } = await scrape("swift-frontend");
  assert.ok((samples.get("whiteroom_sessions_active{}") ?? 0) > 20);
  const accepted = seriesName("whiteroom_http_requests_total", { method: "POST", route: "/v1/events", code: "202" });
  assert.ok((samples.get(accepted) ?? Number.NaN) < 20);
});

test("faults are listed with their remaining time, and end automatically", async () => {
  await fault("POST", "auth-failures", { duration: "1s" });
  const list = async () =>
    ((await (await fetch(`${control}/faults`)).json()) as { faults: { name: string; remaining: string }[] }).faults;
  assert.deepEqual(
    (await list()).map(({ name, remaining }) => [name, remaining]),
    [["auth-failures", "1s"]],
  );
  await wait(1100);
  assert.deepEqual(await list(), []);
});

test("an invalid fault is rejected with all problems", async () => {
  const response = await fault("POST", "crsh?duration=3d", { service: "juce", colour: "red" });
  assert.equal(response.status, 400);
  assert.deepEqual(await response.json(), {
    problems: [
      'name: "crsh" is not a known fault; use errors, latency, audio-overload, ffi-slow, auth-failures, silence, crash, certificate, login-broken, dns',
      'duration: "3d" is not valid; use a duration from "1s" to "24h", such as "90s", "5m" or "1m30s"',
      'service: "juce" is not supported by "crsh"; only crash takes a service',
      "colour: is not a known key; use duration or service",
    ],
  });
  const crash = (await (await fault("POST", "crash")).json()) as { problems: string[] };
  assert.deepEqual(crash.problems, [
    "service: (nothing) is not a known service; use juce-backend, swift-frontend, audio-engine",
  ]);
});

test("another site's page cannot start a fault", async () => {
  const response = await fetch(`${control}/faults/errors`, {
    method: "POST",
    headers: { "sec-fetch-site": "cross-site" },
  });
  assert.equal(response.status, 403);
});

test("the control page offers every fault and loads nothing from elsewhere", async () => {
  const page = await fetch(`${control}/`);
  const html = await page.text();
  assert.equal(html.match(/data-fault="/g)?.length, 12);
  assert.match(page.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.doesNotMatch(html, /(?:src|href)="https?:/);
});

test("syslog messages are octet-counted RFC 5424", async () => {
  const deadline = Date.now() + 30_000;
  while (!/^\d+ <.*trace_id.*\] ./.test(syslogText) && Date.now() < deadline) await wait(100);
  const [, length = "", message = ""] = /^(\d+) (<13\d>1 .*)/.exec(syslogText) ?? [];
  // Facility local0, and the severities of the device: warning, notice and informational.
  assert.match(
    message.slice(0, Number(length)),
    /^<13[2-4]>1 \S+Z studio-a studio-controller \d+ [A-Z]+ \[whiteroom@32473 trace_id="[0-9a-f]{32}"\] .+$/,
  );
});

test("the audio-engine logs to stdout and the others to their files", () => {
  assert.ok(stdout.some((line) => /^\S+Z (INFO|WARN) audio-engine: render\D+ buffers=\d+ missed=\d+/.test(line)));
  assert.deepEqual(readdirSync(directory).sort(), ["juce-backend", "swift-frontend"]);
});
