import type { Stage } from "./stage.ts";

/** Normalised log levels, most severe last. */
export const levels = ["debug", "info", "warn", "error", "critical"] as const;
export type LogLevel = (typeof levels)[number];

/**
 * Level names of programs, in lower case. Numbers are those of pino and bunyan, and the severities of RFC 5424.
 * PostgreSQL: https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-SEVERITY-LEVELS
 */
export const levelNames = {
  debug: ["debug", "trace", "verbose", "fine", "debug1", "debug2", "debug3", "debug4", "debug5", "7", "10", "20"],
  info: ["info", "information", "informational", "notice", "log", "5", "6", "30"],
  warn: ["warn", "warning", "4", "40"],
  error: ["error", "err", "severe", "3", "50"],
  critical: ["critical", "crit", "fatal", "panic", "alert", "emerg", "emergency", "fault", "0", "1", "2", "60"],
} as const satisfies Record<LogLevel, readonly string[]>;

const dictionary = levels.flatMap((level) => levelNames[level].map((name) => `"${name}" "${level}"`)).join(" ");

/**
 * Sets the label `level` from the first extracted value that exists; info if there is none or it is unknown. Template
 * functions fail on missing values, hence the `default` before each.
 */
export function normaliseLevel(...extracted: readonly string[]): Stage[] {
  const found = `${extracted.map((name) => `.${name}`).join(" | default ")} | default "" | toString | trim | lower`;
  return [
    { stage: "template", source: "level", template: `{{ get (dict ${dictionary}) (${found}) | default "info" }}` },
    { stage: "labels", values: { level: "level" } },
  ];
}
