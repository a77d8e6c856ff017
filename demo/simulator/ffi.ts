import type { MetricName } from "../../config/white-room/metrics.ts";
import type { Faults } from "./faults.ts";
import type { Logs } from "./logs.ts";
import type { PlayedService } from "./played-service.ts";
import type { Random } from "./random.ts";
import { dailyShape } from "./shape.ts";
import { newTraceId } from "./trace.ts";

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

/** FFI calls from Swift into the C++ engine, counted by the engine. */
export function ffiCalls(service: () => PlayedService, faults: Faults, logs: Logs, random: Random) {
  let secondsToWarn = 0;
  return {
    tick: (seconds: number, time: number) => {
      const { metrics } = service();
      const slow = faults.isActive("ffi-slow");
      for (const [name, { rate, median }] of Object.entries(functions)) {
        for (let left = random.poisson(rate * seconds * dailyShape(time)); left > 0; left -= 1) {
          // Only the most frequent function fails, because a single error in a rare one would exceed 1 % of its calls.
          const failed = name === "read_meters" && random.chance(1 / 5000);
          const duration =
            slow && random.chance(0.6) ? random.between(0.3, 0.8) : Math.min(random.logNormal(median, 0.4), 0.045);
          metrics.count(calls, { function: name, result: failed ? "error" : "ok" });
          metrics.observe(durations, duration, { function: name });
        }
      }
      secondsToWarn -= seconds;
      if (!slow || secondsToWarn > 0) return;
      secondsToWarn = 2;
      logs.write("audio-engine", {
        level: "warn",
        message: "ffi call slow",
        traceId: newTraceId(),
        fields: { function: "load_song", duration_ms: Math.round(random.between(300, 800)) },
      });
    },
  };
}
