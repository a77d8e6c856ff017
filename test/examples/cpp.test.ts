import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { audioEngineLine, juceBackendLine } from "../../demo/simulator/log-lines.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { run, tryRun } from "../../scripts/lib/run-command.ts";
import { until } from "../logs/programs.ts";
import { startOtlpReceiver } from "../validate/otlp-receiver.ts";
import { differences } from "./contract.ts";
import { scrape, seriesValue } from "./exposition.ts";
import { startSample } from "./sample.ts";
import { examples, juceModules, needsTools, openTelemetryCpp, realtimeClang } from "./toolchains.ts";

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const traceparent = `00-${traceId}-00f067aa0ba902b7-01`;

describe("C++ samples", needsTools("g++", "make", "prometheus-cpp"), () => {
  const build = mkdtempSync(join(tmpdir(), "examples-cpp-"));
  const make = (...words: readonly string[]) => run("make", ["-C", join(examples, "cpp"), `BUILD=${build}`, ...words]);

  before(() => make(`-j${availableParallelism()}`, "all", "tests"));
  after(() => rmSync(build, { recursive: true, force: true }));

  test("their own tests pass", async () => {
    assert.equal(await run(join(build, "metrics_test"), []), "5 tests pass\n");
  });

  const sanitizers = [
    { program: "audio_guarded", misuse: "allocate", code: 1, says: /^on the audio thread: malloc$/m },
    { program: "audio_guarded", misuse: "lock", code: 1, says: /^on the audio thread: pthread_mutex_lock$/m },
    { program: "audio_thread", misuse: "race", code: 66, says: /ThreadSanitizer: data race/ },
    { program: "audio_address", misuse: "overflow", code: 1, says: /insufficient space|heap-buffer-overflow/ },
  ] as const;

  for (const program of new Set(sanitizers.map(({ program }) => program))) {
    test(`the audio thread passes ${program}`, async () => {
      assert.match(await run(join(build, program), []), /^50000 renders, \d+ events handed over, \d+ dropped\n$/);
    });
  }

  for (const { program, misuse, code, says } of sanitizers) {
    test(`${program} detects misuse of the audio thread: ${misuse}`, async () => {
      const result = await tryRun(join(build, program), [misuse]);
      assert.equal(result.code, code);
      assert.match(result.output, says);
    });
  }

  test("spans of calls and of the buffers rendered after them arrive over OTLP", {
    skip: !openTelemetryCpp() && "no OpenTelemetry C++: Debian 13 and newer have it as opentelemetry-cpp-dev",
  }, async () => {
    await make("traced");
    const receiver = await startOtlpReceiver();
    try {
      const env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: "http/json" };
      const { output } = await tryRun(join(build, "traced_engine"), ["3"], { env });
      for (const id of output.trim().split("\n")) {
        const trace = receiver.spans().filter((span) => span.traceId === id);
        const [call, render] = ["load_song", "render"].map((name) => trace.find((span) => span.name === name));
        assert.equal(trace.length, 2);
        assert.deepEqual([call?.service, render?.service], ["audio-engine", "audio-engine"]);
        assert.equal(render?.parentSpanId, call?.spanId);
        assert.ok((call?.milliseconds ?? 0) >= 2 && (render?.milliseconds ?? -1) >= 0);
      }
      assert.equal(receiver.spans().length, 6);
    } finally {
      receiver.stop();
    }
  });

  const clang = realtimeClang();
  test("the audio thread passes RealtimeSanitizer, which detects allocations and locks", {
    skip: clang === undefined && "no clang of version 20 or newer on PATH",
  }, async () => {
    await make(`CLANG=${clang}`, "realtime");
    for (const [misuse, call] of [
      ["allocate", "malloc"],
      ["lock", "pthread_mutex_lock"],
    ] as const) {
      const { code, output } = await tryRun(join(build, "audio_realtime"), [misuse]);
      assert.equal(code, 43);
      assert.match(output, new RegExp(`real-time unsafe function \`${call}\``));
    }
  });

  const juce = juceModules();
  test("the JUCE adapter compiles", { skip: juce === undefined && "no JUCE modules: set JUCE_MODULES" }, async () => {
    await make(`JUCE=${juce}`, "juce");
  });

  test("the engine serves the contract's metrics, including its calls and renders", async () => {
    const url = `http://127.0.0.1:${await freePort()}/metrics`;
    const engine = await startSample(join(build, "engine"), [new URL(url).host], url);
    try {
      await until("a second of audio is counted", async () => {
        return seriesValue(await scrape(url), "whiteroom_audio_render_duration_seconds_count") > 90;
      });
      const families = await scrape(url);
      assert.deepEqual(differences(families, "audio-engine"), []);
      assert.ok(Math.abs(seriesValue(families, "whiteroom_audio_buffer_period_seconds") - 512 / 48_000) < 1e-12);
      const calls = (result: string) =>
        seriesValue(families, "whiteroom_ffi_calls_total", { function: "load_song", result });
      assert.deepEqual([calls("ok"), calls("error")], [1, 1]);
      assert.ok(seriesValue(families, "whiteroom_audio_channel_cpu_seconds_total", { channel: "8" }) > 0);

      const [line = ""] = engine.lines().filter((each) => each.includes("ffi call failed"));
      const fields = { function: "load_song", reason: "no path" };
      const entry = { level: "error", message: "ffi call failed", traceId, fields } as const;
      assert.equal(line, audioEngineLine(entry, new Date(line.slice(0, 24))));
    } finally {
      await engine.stop();
    }
  });

  test("the backend serves the contract's metrics and counts each request under its route", async () => {
    const [metrics, api] = [await freePort(), await freePort()].map((port) => `http://127.0.0.1:${port}`) as [
      string,
      string,
    ];
    const addresses = [metrics, api].map((url) => new URL(url).host);
    const backend = await startSample(join(build, "backend"), addresses, `${metrics}/metrics`, `${api}/health`);
    try {
      const song = await fetch(`${api}/api/songs/42`, { headers: { traceparent } });
      const login = await fetch(`${api}/login`, { method: "POST", body: "wrong" });
      const probe = await fetch(`${api}/wp-login.php`);
      assert.deepEqual([song.status, login.status, probe.status], [200, 401, 404]);

      const families = await scrape(`${metrics}/metrics`);
      assert.deepEqual(differences(families, "juce-backend"), []);
      const requests = (method: string, route: string, code: string) =>
        seriesValue(families, "whiteroom_http_requests_total", { method, route, code });
      assert.deepEqual(
        [
          requests("GET", "/api/songs/:id", "200"),
          requests("POST", "/login", "401"),
          requests("other", "unmatched", "404"),
        ],
        [1, 1, 1],
      );
      assert.equal(
        seriesValue(families, "whiteroom_auth_attempts_total", { result: "failure", method: "password" }),
        1,
      );

      const [line = ""] = backend.lines().filter((each) => each.includes("/api/songs/:id"));
      const { timestamp, duration_ms } = JSON.parse(line);
      const fields = { method: "GET", route: "/api/songs/:id", status: 200, duration_ms };
      const entry = { level: "info", message: "request handled", traceId, fields } as const;
      assert.equal(line, juceBackendLine(entry, new Date(timestamp)));
    } finally {
      await backend.stop();
    }
  });
});
