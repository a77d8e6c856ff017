import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Service } from "../../config/white-room/metrics.ts";
import { bundleDemo } from "../../demo/bundle.ts";
import type { SimulatorConfig } from "../../demo/config.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needsDemoServers } from "../binaries.ts";
import { until } from "../logs/programs.ts";
import { type DemoServers, startDemoServers } from "./demo-servers.ts";
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from "./otlp-receiver.ts";

// The bundle, as the stack runs it, in front of the real servers.
describe("spans of the demo", needsDemoServers(), () => {
  const directory = mkdtempSync(join(tmpdir(), "demo-tracing-"));
  const logDirectory = join(directory, "logs");
  let servers: DemoServers;
  let receiver: OtlpReceiver;
  let syslog: Server;
  let syslogText = "";
  let simulator: ChildProcess;
  let output = "";
  let complaints = "";
  let config: SimulatorConfig;

  before(async () => {
    const api = await freePort();
    servers = await startDemoServers(directory, api);
    receiver = await startOtlpReceiver();
    syslog = createServer((socket) => {
      socket.setEncoding("utf8").on("data", (text: string) => {
        syslogText += text;
      });
    });
    await new Promise<void>((resolve) => syslog.listen(0, "127.0.0.1", resolve));
    mkdirSync(logDirectory);
    config = {
      listen: "127.0.0.1",
      ports: {
        juceBackend: await freePort(),
        swiftFrontend: await freePort(),
        audioEngine: await freePort(),
        control: await freePort(),
        api,
        dns: 0,
      },
      logDirectory,
      nginxUrl: `http://127.0.0.1:${servers.nginx}`,
      requestsPerSecond: 20,
      postgres: { host: "127.0.0.1", port: servers.postgres, user: "white_room", database: "postgres" },
      redis: { host: "127.0.0.1", port: servers.redis },
      syslog: { host: "127.0.0.1", port: (syslog.address() as { port: number }).port },
      links: [],
    };
    writeFileSync(join(directory, "simulator.mjs"), bundleDemo("simulator"));
    writeFileSync(join(directory, "config.json"), JSON.stringify(config));
    simulator = spawn(process.execPath, ["simulator.mjs", "--config", "config.json"], {
      cwd: directory,
      env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_RESOURCE_ATTRIBUTES: "env=test" },
    });
    simulator.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    simulator.stderr?.setEncoding("utf8").on("data", (text: string) => {
      complaints += text;
    });
    await until(
      "a song was opened",
      async () => findSpan("open song") !== undefined && findSpan("render") !== undefined,
    );
  });

  after(async () => {
    if (simulator?.exitCode === null) {
      const exited = once(simulator, "exit");
      simulator.kill("SIGTERM");
      await exited;
    }
    await servers?.stop();
    receiver?.stop();
    syslog?.close();
    rmSync(directory, { recursive: true });
  });

  const traceOf = (traceId: string) => receiver.spans().filter((span) => span.traceId === traceId);
  const findSpan = (name: string) => receiver.spans().find((span) => span.name === name);
  const child = (trace: readonly ReceivedSpan[], parent: ReceivedSpan | undefined, name: string) =>
    trace.find((span) => span.name === name && span.parentSpanId === parent?.spanId);
  const readLines = (service: Service): string[] =>
    (service === "audio-engine" ? output : readFileSync(join(logDirectory, service, `${service}.log`), "utf8"))
      .split("\n")
      .filter((line) => line !== "");
  const ports = {
    "juce-backend": "juceBackend",
    "swift-frontend": "swiftFrontend",
    "audio-engine": "audioEngine",
  } as const;
  const scrape = (service: Service) => fetch(`http://127.0.0.1:${config.ports[ports[service]]}/metrics`);
  const fault = (name: string, method = "POST") =>
    fetch(`http://127.0.0.1:${config.ports.control}/faults/${name}`, { method });

  /** The trace, once its last span has arrived. */
  async function wholeTrace(traceId: string): Promise<readonly ReceivedSpan[]> {
    await until(`trace ${traceId} is whole`, async () => traceOf(traceId).some(({ name }) => name === "render"), 20);
    return traceOf(traceId);
  }

  test("a log line leads to one trace of all services, from the app to the rendered buffer", async () => {
    // The first request for a song is not cached.
    const isMiss = ({ traceId }: ReceivedSpan) => traceOf(traceId).some(({ name }) => name === "SELECT songs");
    await until("a song was read from the database", async () => {
      return receiver.spans().some((span) => span.name === "open song" && isMiss(span));
    });
    const line = readLines("juce-backend")
      .filter((each) => each.startsWith("{"))
      .map((each) => JSON.parse(each))
      .find(
        ({ route, status, trace_id }) =>
          route === "/api/songs/:id" && status === 200 && isMiss({ traceId: trace_id } as ReceivedSpan),
      );
    assert.ok(line !== undefined, "no line of such a request");
    const trace = await wholeTrace(line.trace_id);
    const root = trace.find(({ parentSpanId }) => parentSpanId === undefined);
    const sent = child(trace, root, "GET");
    const handled = child(trace, sent, "GET /api/songs/:id");
    const called = child(trace, root, "ffi load_song");
    const loaded = child(trace, called, "load_song");
    const spans = [
      root,
      sent,
      handled,
      child(trace, handled, "GET"),
      child(trace, handled, "SELECT songs"),
      child(trace, handled, "SET"),
      called,
      loaded,
      child(trace, loaded, "render"),
    ];
    assert.deepEqual(
      spans.map((span) => [span?.service, span?.name]),
      [
        ["swift-frontend", "open song"],
        ["swift-frontend", "GET"],
        ["juce-backend", "GET /api/songs/:id"],
        ["juce-backend", "GET"],
        ["juce-backend", "SELECT songs"],
        ["juce-backend", "SET"],
        ["swift-frontend", "ffi load_song"],
        ["audio-engine", "load_song"],
        ["audio-engine", "render"],
      ],
    );
    assert.equal(trace.length, spans.length);
    assert.equal(line.span_id, handled?.spanId);
    assert.deepEqual(
      [spans[3]?.attributes["db.system.name"], spans[4]?.attributes["db.query.text"]],
      ["redis", "SELECT id::int, title FROM songs WHERE id = $1"],
    );
  });

  for (const [service, metric] of [
    ["juce-backend", "whiteroom_http_request_duration_seconds"],
    ["audio-engine", "whiteroom_ffi_call_duration_seconds"],
    ["audio-engine", "whiteroom_audio_render_duration_seconds"],
  ] as const) {
    test(`an exemplar of ${metric} leads to its trace`, async () => {
      const response = await scrape(service);
      assert.match(response.headers.get("content-type") ?? "", /^application\/openmetrics-text; version=1\.0\.0/);
      const text = await response.text();
      const exemplars = [...text.matchAll(new RegExp(`^${metric}_bucket\\{.*# \\{trace_id="(\\w{32})"\\}`, "gm"))];
      const ids = exemplars.map(([, id = ""]) => id);
      await until(
        "the trace is there",
        async () => {
          const services = (id: string) => new Set(traceOf(id).map((span) => span.service)).size;
          return ids.some((id) => traceOf(id).length >= 5 && services(id) === 3);
        },
        20,
      );
    });
  }

  test("Nginx passes on the caller's trace, and starts one where there is none", async () => {
    const [traceId, spanId] = ["4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"];
    const get = (headers: Record<string, string>) => fetch(`${config.nginxUrl}/api/performances`, { headers });
    const given = await get({ traceparent: `00-${traceId}-${spanId}-01`, "x-trace-id": "ab".repeat(16) });
    assert.equal(given.headers.get("x-trace-id"), traceId);
    const started = (await get({})).headers.get("x-trace-id") ?? "";
    const own = (await get({ "x-trace-id": "cd".repeat(16) })).headers.get("x-trace-id");
    assert.equal(own, "cd".repeat(16));
    const broken = (await get({ traceparent: `00-${"0".repeat(32)}-${spanId}-01` })).headers.get("x-trace-id") ?? "";
    for (const id of [traceId, started, own, broken]) {
      await until(`the spans of ${id} have come`, async () => traceOf(id).some(({ kind }) => kind === 2), 20);
      assert.ok(readFileSync(servers.accessLog, "utf8").includes(`"trace_id":"${id}"`));
    }
    assert.equal(traceOf(traceId).find(({ kind }) => kind === 2)?.parentSpanId, spanId);
    const unsampled = "5".repeat(32);
    await get({ traceparent: `00-${unsampled}-${spanId}-00` });
    await get({});
    assert.deepEqual(traceOf(unsampled), []);
  });

  test("the trace ids of every log format lead to spans", async () => {
    const patterns = {
      "juce-backend": /"trace_id":"(\w+)"/,
      "swift-frontend": /"traceId":"(\w+)"/,
      "audio-engine": / trace_id=(\w+)/,
    } as const satisfies Record<Service, RegExp>;
    await until("syslog messages have come", async () => syslogText.includes("trace_id="));
    const nginx = readFileSync(servers.accessLog, "utf8").split("\n");
    const samples = [
      ...Object.entries(patterns).map(([service, pattern]) => [readLines(service as Service), pattern] as const),
      [nginx, /"trace_id":"(\w+)"/] as const,
      [syslogText.split("<"), /trace_id="(\w+)"/] as const,
    ].map(([lines, pattern]) => lines.slice(0, 100).flatMap((line) => pattern.exec(line)?.[1] ?? []));
    for (const ids of samples) {
      assert.ok(ids.length > 0);
      const known = () => ids.filter((id) => id !== "5".repeat(32) && traceOf(id).length > 0);
      const wanted = ids.filter((id) => id !== "5".repeat(32)).length;
      await until("all their spans have come", async () => known().length === wanted, 20);
    }
  });

  test("latency: the time goes to the database", async () => {
    await fault("latency");
    const isSlow = ({ name, milliseconds }: ReceivedSpan) => name === "wait for connection" && milliseconds >= 1450;
    await until("a slow database span has come", async () => receiver.spans().some(isSlow), 20);
    await fault("latency", "DELETE");
    const slow = receiver.spans().find(isSlow);
    await until("its request has come", async () => parentOf(slow) !== undefined, 20);
    const request = parentOf(slow);
    assert.equal(slow?.attributes["db.system.name"], "postgresql");
    assert.ok((slow?.milliseconds ?? 0) > 0.8 * (request?.milliseconds ?? 0));
  });

  test("ffi-slow: the time goes to the call", async () => {
    await fault("ffi-slow");
    const isSlow = ({ name, milliseconds }: ReceivedSpan) => name.startsWith("ffi ") && milliseconds >= 300;
    await until("a slow call has come", async () => receiver.spans().some(isSlow), 20);
    await fault("ffi-slow", "DELETE");
    const { traceId = "" } = receiver.spans().find(isSlow) ?? {};
    await until(
      "its log line has come",
      async () => {
        return readLines("audio-engine").some(
          (line) => line.includes("WARN audio-engine: ffi call slow") && line.includes(traceId),
        );
      },
      20,
    );
  });

  test("errors: the request's span fails", async () => {
    await fault("errors");
    const isFailed = ({ kind, status, attributes }: ReceivedSpan) =>
      kind === 2 && status === 2 && attributes["http.response.status_code"] === 500;
    await until("a failed span has come", async () => receiver.spans().some(isFailed), 20);
    await fault("errors", "DELETE");
  });

  test("the demo works on without its receiver, and stops in time", async () => {
    receiver.stop();
    const lines = readLines("juce-backend").length;
    await until("requests are handled", async () => readLines("juce-backend").length > lines + 20, 20);
    assert.equal(complaints, "");
    const exited = once(simulator, "exit");
    const asked = performance.now();
    simulator.kill("SIGTERM");
    assert.deepEqual(await exited, [0, null]);
    assert.ok(performance.now() - asked < 2000);
  });

  function parentOf(span: ReceivedSpan | undefined): ReceivedSpan | undefined {
    return receiver.spans().find(({ spanId }) => spanId === span?.parentSpanId);
  }
});
