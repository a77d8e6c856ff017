import { setTimeout as wait } from "node:timers/promises";
import { type Context, type Span, SpanKind } from "@opentelemetry/api";
import type { MetricName } from "../../config/white-room/metrics.ts";
import type { audioEngine } from "./audio-engine.ts";
import type { Faults } from "./faults.ts";
import type { Logs } from "./logs.ts";
import type { PlayedService } from "./played-service.ts";
import type { Random } from "./random.ts";
import { dailyShape } from "./shape.ts";
import { contextOf, failed, type Tracing } from "./tracing.ts";

/** Calls per second, and median duration in seconds. */
const functions = {
  engine_start: { rate: 0.05, median: 0.018 },
  engine_stop: { rate: 0.05, median: 0.006 },
  load_song: { rate: 0.4, median: 0.02 },
  save_song: { rate: 0.3, median: 0.014 },
  set_parameter: { rate: 6, median: 0.0007 },
  note_on: { rate: 9, median: 0.0004 },
  note_off: { rate: 9, median: 0.0004 },
  switch_performance: { rate: 0.3, median: 0.009 },
  render_preview: { rate: 0.5, median: 0.022 },
  read_meters: { rate: 10, median: 0.0003 },
} as const;

const calls: MetricName = "whiteroom_ffi_calls_total";
const durations: MetricName = "whiteroom_ffi_call_duration_seconds";

/** Seconds; the threshold of FfiLatencyHigh. */
const slowCall = 0.1;

/** A function of the engine that Swift calls. */
export type FfiFunction = keyof typeof functions;

export interface FfiOptions {
  readonly service: () => PlayedService;
  readonly faults: Faults;
  readonly logs: Logs;
  readonly random: Random;
  readonly tracing: Tracing;
  readonly audio: Pick<ReturnType<typeof audioEngine>, "traceNextBuffer">;
}

/** FFI calls from Swift into the C++ engine, counted by the engine. */
export function ffiCalls({ service, faults, logs, random, tracing, audio }: FfiOptions) {
  let secondsToWarn = 0;
  const played = (name: FfiFunction, span?: Span) => {
    // Only the most frequent function fails, because a single error in a rare one would exceed 1 % of its calls.
    const fails = name === "read_meters" && random.chance(1 / 5000);
    const duration =
      faults.isActive("ffi-slow") && random.chance(0.6)
        ? random.between(0.3, 0.8)
        : Math.min(random.logNormal(functions[name].median, 0.4), 0.045);
    const { metrics } = service();
    metrics.count(calls, { function: name, result: fails ? "error" : "ok" });
    metrics.observe(durations, duration, { function: name }, span);
    return duration;
  };
  /** A call that a user waits for. Traces both sides of the call and the first buffer rendered after it. */
  const call = async (name: FfiFunction, parent?: Context): Promise<void> => {
    const attributes = { "code.function.name": name };
    const startTime = Date.now();
    const options = { attributes, startTime, ...(parent ? { parent } : { root: true }) };
    const swift = tracing.start("swift-frontend", `ffi ${name}`, {
      ...options,
      kind: SpanKind.CLIENT,
      attributes: { ...attributes, "peer.service": "audio-engine" },
    });
    if (!service().isUp) {
      failed(swift, { name: "EngineGone", message: "the audio-engine does not run" });
      swift.end();
      return;
    }
    const engine = tracing.start("audio-engine", name, {
      kind: SpanKind.SERVER,
      attributes,
      startTime,
      parent: contextOf(swift),
    });
    const seconds = played(name, engine);
    // Use the simulated duration: timers are late on a busy host.
    const endTime = startTime + seconds * 1000;
    const { traceId, spanId } = engine.spanContext();
    engine.end(endTime);
    swift.end(endTime);
    audio.traceNextBuffer(contextOf(engine), endTime);
    const slow = seconds > slowCall;
    logs.write("audio-engine", {
      level: slow ? "warn" : "info",
      message: slow ? "ffi call slow" : "ffi call",
      traceId,
      fields: { function: name, duration_ms: Math.round(seconds * 10_000) / 10, span_id: spanId },
    });
    await wait(seconds * 1000);
  };
  return {
    call,
    tick: (seconds: number, time: number) => {
      for (const [name, { rate }] of Object.entries(functions)) {
        for (let left = random.poisson(rate * seconds * dailyShape(time)); left > 0; left -= 1)
          played(name as FfiFunction);
      }
      secondsToWarn -= seconds;
      if (!faults.isActive("ffi-slow") || secondsToWarn > 0) return;
      secondsToWarn = 2;
      void call("load_song");
    },
  };
}
