import type { LogEntry } from "./log-lines.ts";
import type { Logs } from "./logs.ts";
import type { Random } from "./random.ts";
import { stackTrace } from "./stack-traces.ts";
import { newSpanId, newTraceId } from "./trace.ts";

const juceChores = [
  "autosaved project",
  "preset index rebuilt",
  "plugin scan finished",
  "sample cache trimmed",
] as const;
const frontendChores = ["hourly rollup written", "push tokens refreshed", "experiment assignments reloaded"] as const;
const traceEvery = 150;

/** Background log lines; called once per second. The first stack trace is logged after 20 seconds. */
export function backgroundLogs(logs: Logs, random: Random): () => void {
  let secondsToTrace = 20;
  return () => {
    secondsToTrace -= 1;
    if (secondsToTrace <= 0) {
      secondsToTrace = Math.round(random.between(0.7, 1.3) * traceEvery);
      logs.write("juce-backend", {
        level: "error",
        message: "background job failed: plugin did not answer",
        ...trace(),
        stack: stackTrace(random),
      });
    }
    if (random.chance(1 / 20)) {
      logs.write("juce-backend", { level: "info", message: random.pick(juceChores), ...trace() });
    }
    if (random.chance(1 / 30)) {
      logs.write("swift-frontend", { level: "notice", message: random.pick(frontendChores), traceId: newTraceId() });
    }
    if (random.chance(1 / 90)) {
      logs.write("swift-frontend", { level: "warn", message: "event batch late by 41 s", traceId: newTraceId() });
    }
  };
}

function trace(): Pick<LogEntry, "traceId" | "fields"> {
  return { traceId: newTraceId(), fields: { span_id: newSpanId() } };
}
