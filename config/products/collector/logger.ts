/** Normalised log levels, most severe last. */
export const levels = ["debug", "info", "warn", "error", "critical"] as const;
export type LogLevel = (typeof levels)[number];

/**
 * Where a logger writes the level in a line of text:
 * - word: in upper case after the time, names and bracketed values, `10:00:00 [main] ERROR x`, or first in the line
 * - bracket: in brackets, which may also hold the time or a module, or as a letter: `[error]`, `[10:00:00 ERR]`,
 *   `[core:error]`, `[E]`
 * - angle: in angle brackets, after the time: `<Error>`
 * - colon: before a colon, after the time or first in the line: `error: x`, `ERROR:name:x`
 * - column: in any case, followed by a tab, "|", a label and a colon, or a thread id
 * - pair: one of the leading pairs of logfmt: `time=… level=error`
 * - sign: as a letter or sign, in a format that only this logger uses (`signs` in text-lines.ts)
 */
export type LevelPosition = "word" | "bracket" | "angle" | "colon" | "column" | "pair" | "sign";

/** JMESPath expressions of the fields of a JSON logger, by meaning. */
export interface LoggerFields {
  readonly time?: readonly string[];
  readonly level?: readonly string[];
  readonly trace_id?: readonly string[];
  readonly span_id?: readonly string[];
}

/**
 * One line of a logger, and its level. In `line`, `{iso}`, `{space}`, `{comma}`, `{epoch}`, `{ms}`, `{ns}`, `{offset}`,
 * `{swift}` and `{klog}` stand for a time, in the notations of `test/logs/sample-line.ts`, and `{trace}` and `{span}` for ids.
 */
export interface LoggerSample {
  readonly line: string;
  readonly level: LogLevel;
}

/** A logger or a server, and how its lines are read. */
export interface Logger {
  readonly name: string;
  /** Spellings of levels that are not in `commonLevels` (logger-words.ts), in lower case. */
  readonly levels?: Partial<Record<LogLevel, readonly string[]>>;
  readonly text?: readonly LevelPosition[];
  readonly json?: LoggerFields;
  readonly samples: readonly LoggerSample[];
}
