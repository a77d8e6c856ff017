import type { Service } from "../../config/white-room/metrics.ts";
import type { LogEntry } from "./log-lines.ts";
import type { Logs } from "./logs.ts";
import type { Random } from "./random.ts";
import { stackTrace } from "./stack-traces.ts";
import type { Tracing } from "./tracing.ts";

const juceChores = [
  "autosaved project",
  "preset index rebuilt",
  "plugin scan finished",
  "sample cache trimmed",
] as const;
const frontendChores = ["hourly rollup written", "push tokens refreshed", "experiment assignments reloaded"] as const;
const traceEvery = 150;

/** Background log lines; called once per second. The first stack trace is logged after 20 seconds. */
export function backgroundLogs(logs: Logs, random: Random, tracing: Tracing): () => void {
  const write = (service: Service, entry: Pick<LogEntry, "level" | "message" | "stack">, job: string) => {
    const { message, level, stack } = entry;
    const error = level === "error" && { name: "JobFailed", message, stack: [message, ...(stack ?? [])].join("\n") };
    const { traceId, spanId } = tracing.event(service, job, error || undefined);
    logs.write(service, { ...entry, traceId, fields: { span_id: spanId } });
  };
  let secondsToTrace = 20;
  return () => {
    secondsToTrace -= 1;
    if (secondsToTrace <= 0) {
      secondsToTrace = Math.round(random.between(0.7, 1.3) * traceEvery);
      const message = "background job failed: plugin did not answer";
      write("juce-backend", { level: "error", message, stack: stackTrace(random) }, "background job");
    }
    if (random.chance(1 / 20))
      write("juce-backend", { level: "info", message: random.pick(juceChores) }, "background job");
    if (random.chance(1 / 30))
      write("swift-frontend", { level: "notice", message: random.pick(frontendChores) }, "background job");
    if (random.chance(1 / 90))
      write("swift-frontend", { level: "warn", message: "event batch late by 41 s" }, "event batch");
  };
}
