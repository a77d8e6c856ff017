/** How bad a log line is, before a service puts it in its own words. */
export type Level = "debug" | "info" | "notice" | "warn" | "error" | "critical";

/** One thing that a service says. */
export interface LogEntry {
  readonly level: Level;
  readonly message: string;
  readonly traceId?: string;
  readonly fields?: Readonly<Record<string, string | number>>;
  /** Continuation lines, each written after four blanks. */
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
 * The juce-backend's dialect: JSON lines with an RFC 3339 timestamp and lower-case levels; a stack trace follows as plain
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

/** The swift-frontend's dialect: JSON lines with epoch seconds, swift-log's levels, and `msg`, `traceId` as names. */
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

/** The audio-engine's dialect: plain text, fields as `key=value` at the end. */
export function audioEngineLine({ level, message, traceId, fields }: LogEntry, time: Date): string {
  const all = { ...fields, ...(traceId === undefined ? {} : { trace_id: traceId }) };
  const pairs = Object.entries(all).map(([key, value]) => ` ${key}=${value}`);
  return `${time.toISOString()} ${level === "notice" ? "INFO" : level.toUpperCase()} audio-engine: ${message}${pairs.join("")}`;
}
