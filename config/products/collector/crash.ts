import type { LogLevel } from "./logger.ts";

/** How a runtime reports a crash or a stack trace. All lines of one report are one entry. */
export interface Crash {
  readonly name: string;
  readonly level: Extract<LogLevel, "error" | "critical">;
  /** Starts of the first line; a report has one of these as the level of an entry that starts with it. */
  readonly starts: readonly string[];
  /** Starts of later lines that are not indented. A line that neither starts like this nor is indented ends the report. */
  readonly continues: readonly string[];
  /** Complete blocks (a line and the indented lines below it) to which the next line belongs, regardless of its text. */
  readonly precedes?: readonly string[];
  /** Complete reports, each of which must become one entry. */
  readonly samples: readonly string[];
}
