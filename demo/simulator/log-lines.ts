/** Severity of a log line, before it is mapped to the service's level names. */
export type Level = "debug" | "info" | "notice" | "warn" | "error" | "critical";

/** A log entry. */
export interface LogEntry {
  readonly level: Level;
  readonly message: string;
  readonly traceId?: string;
  readonly fields?: Readonly<Record<string, string | number>>;
  /** Continuation lines, each indented by four spaces. */
  readonly stack?: readonly string[];
}

const spdlogLevel = {
  debug: "debug",
  info: "info",
  notice: "info",
  warn: "warning",
  error: "error",
  critical: "critical",
} as const satisfies Record<Level, string>;

/**
 * Log format of the juce-backend: JSON lines with RFC 3339 timestamps and lower-case levels; stack traces follow as plain
 * indented lines.
 */
export function juceBackendLine({ level, message, traceId, fields, stack = [] }: LogEntry, time: Date): string {
  const line = JSON.stringify({
    timestamp: time.toISOString(),
    level: spdlogLevel[level],
    service: "juce-backend",
    message,
    trace_id: traceId,
    ...fields,
  });
  return [line, ...stack.map((frame) => `    ${frame}`)].join("\n");
}

const swiftSeverity = {
  debug: "DEBUG",
  info: "INFO",
  notice: "NOTICE",
  warn: "WARNING",
  error: "ERROR",
  critical: "CRITICAL",
} as const satisfies Record<Level, string>;

/** Log format of the swift-frontend: JSON lines with epoch seconds, swift-log's levels, and `msg`, `traceId` as names. */
export function swiftFrontendLine({ level, message, traceId, fields }: LogEntry, time: Date): string {
  return JSON.stringify({
    ts: time.getTime() / 1000,
    severity: swiftSeverity[level],
    label: "com.whiteroom.aggregator",
    msg: message,
    traceId,
    ...fields,
  });
}

/** Log format of the audio-engine: plain text, fields as `key=value` at the end. */
export function audioEngineLine({ level, message, traceId, fields }: LogEntry, time: Date): string {
  const all = { ...fields, ...(traceId === undefined ? {} : { trace_id: traceId }) };
  const pairs = Object.entries(all).map(([key, value]) => ` ${key}=${value}`);
  return `${time.toISOString()} ${level === "notice" ? "INFO" : level.toUpperCase()} audio-engine: ${message}${pairs.join("")}`;
}
