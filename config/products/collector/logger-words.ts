import type { LevelPosition, LoggerFields, LogLevel } from "./logger.ts";
import { loggers } from "./loggers.ts";

/** Spellings that most loggers share. */
export const commonLevels = {
  debug: ["debug", "trace"],
  info: ["info"],
  warn: ["warn", "warning"],
  error: ["error"],
  critical: ["critical", "fatal"],
} as const satisfies Record<LogLevel, readonly string[]>;

/** Fields of all JSON loggers as one JMESPath expression: the first that exists. */
export function jsonField(meaning: keyof LoggerFields): string {
  return [...new Set(loggers.flatMap(({ json }) => json?.[meaning] ?? []))].join(" || ");
}

/** Every spelling of each level, in lower case. */
export const levelNames: Readonly<Record<LogLevel, readonly string[]>> = {
  debug: spellings("debug"),
  info: spellings("info"),
  warn: spellings("warn"),
  error: spellings("error"),
  critical: spellings("critical"),
};

function spellings(level: LogLevel): string[] {
  return [...new Set([...commonLevels[level], ...loggers.flatMap(({ levels }) => levels?.[level] ?? [])])];
}

/** Ordinary words, which only count in JSON: Go's net/http starts its messages with "http: ". */
const notInText: ReadonlySet<string> = new Set(["config", "default", "fine", "finer", "finest", "http", "silly"]);

/** Spellings, longest first, of the loggers that write the level at one of these positions. */
export function wordsAt(...positions: readonly LevelPosition[]): string[] {
  const found = loggers
    .filter(({ text }) => text?.some((position) => positions.includes(position)))
    .flatMap((logger) => Object.values(logger.levels ?? {}).flat());
  const words = new Set(
    [...Object.values(commonLevels).flat(), ...found].filter(
      (name) => /^[a-z]{3,}\d?$/.test(name) && !notInText.has(name),
    ),
  );
  return [...words].sort((one, other) => other.length - one.length || (one < other ? -1 : 1));
}
