import { type Context, SpanKind } from "@opentelemetry/api";
import { labelValues } from "../../config/white-room/metrics.ts";
import type { Faults } from "./faults.ts";
import type { Logs } from "./logs.ts";
import type { PlayedService } from "./played-service.ts";
import type { Random } from "./random.ts";
import { dailyShape } from "./shape.ts";
import type { Tracing } from "./tracing.ts";

/** 512 frames at 48 kHz: 10.7 ms, so about 94 buffers a second. */
export const bufferPeriod = 512 / 48_000;

const channels = labelValues("whiteroom_audio_channel_cpu_seconds_total", "channel");

/** A rendered buffer that belongs to a trace. */
interface TracedBuffer {
  readonly parent: Context;
  /** Milliseconds since 1970. */
  readonly startTime: number;
}

export interface AudioEngineOptions {
  readonly service: () => PlayedService;
  readonly faults: Faults;
  readonly logs: Logs;
  readonly random: Random;
  readonly tracing: Tracing;
}

/** An engine that renders continuously; `tick` advances it by the given seconds. */
export function audioEngine({ service, faults, logs, random, tracing }: AudioEngineOptions) {
  const traced: TracedBuffer[] = [];
  let buffersDue = 0;
  let rendered = 0;
  let missed = 0;
  let secondsToReport = 2;
  /** Span of the next buffer; undefined if no trace waits for one. */
  const renderSpan = (duration: number) => {
    const buffer = traced.shift();
    if (buffer === undefined) return undefined;
    const { parent, startTime } = buffer;
    const attributes = { "audio.frames": 512, "audio.deadline_missed": duration > bufferPeriod };
    const span = tracing.start("audio-engine", "render", { kind: SpanKind.INTERNAL, parent, startTime, attributes });
    span.end(startTime + duration * 1000);
    return span;
  };
  return {
    /** Traces the first buffer that is rendered after a call. */
    traceNextBuffer: (parent: Context, calledUntil: number) => {
      traced.push({ parent, startTime: calledUntil + random.next() * bufferPeriod * 1000 });
    },
    tick: (seconds: number, time: number) => {
      const { metrics } = service();
      const overloaded = faults.isActive("audio-overload");
      metrics.set("whiteroom_audio_buffer_period_seconds", bufferPeriod);
      buffersDue += seconds / bufferPeriod;
      for (; buffersDue >= 1; buffersDue -= 1) {
        const duration = renderDuration(overloaded, random);
        metrics.observe("whiteroom_audio_render_duration_seconds", duration, {}, renderSpan(duration));
        rendered += 1;
        if (duration <= bufferPeriod) continue;
        missed += 1;
        metrics.count("whiteroom_audio_render_deadline_misses_total");
      }
      const xruns = overloaded ? { output: 2, input: 0.4 } : { output: 1 / 900, input: 1 / 1800 };
      for (const [direction, rate] of Object.entries(xruns)) {
        const count = random.poisson(rate * seconds);
        metrics.count("whiteroom_audio_xruns_total", { direction }, count);
        if (count > 0) logs.write("audio-engine", { level: "warn", message: "xrun", fields: { direction, count } });
      }
      const load = (overloaded ? 0.6 : 0.035) * dailyShape(time);
      channels.forEach((channel, index) => {
        const share = (load / (1 + index / 3)) * random.between(0.8, 1.2);
        metrics.count("whiteroom_audio_channel_cpu_seconds_total", { channel }, share * seconds);
      });
      secondsToReport -= seconds;
      if (secondsToReport > 0) return;
      secondsToReport = overloaded ? 1 : 10;
      const fields = { buffers: rendered, missed, sample_rate: 48_000 };
      logs.write(
        "audio-engine",
        missed > 0
          ? { level: "warn", message: "render deadline missed", fields }
          : { level: "info", message: "rendering", fields },
      );
      rendered = 0;
      missed = 0;
    },
  };
}

function renderDuration(overloaded: boolean, random: Random): number {
  if (!overloaded) return Math.min(random.logNormal(0.003, 0.25), 0.0095);
  return random.chance(0.5) ? random.between(0.055, 0.095) : random.between(0.015, 0.045);
}
