import { type LogLevel, levels } from "./logger.ts";
import { levelNames } from "./logger-words.ts";
import type { Stage } from "./stage.ts";

/** Extracted values for the level, in order of precedence. */
export const levelValues = [
  "level_critical",
  "level_error",
  "level_json",
  "level_pair",
  "level_php",
  "level_bracket",
  "level_initial",
  "level_word",
  "level_colon",
  "level_column",
  "level_angle",
  "level_letter",
  "level_android",
  "level_apple",
  "level_sign",
  "level_logcat",
  "level_priority",
  "level_telegraf",
  "level_npm",
  "level_warning",
  "level_csv",
  "inside_critical",
  "inside_error",
] as const;

/** Values that hold the start of a crash report, not a level. */
const crashLevels: Readonly<Record<string, LogLevel>> = {
  level_critical: "critical",
  level_error: "error",
  inside_critical: "critical",
  inside_error: "error",
};

/** Numbers of OpenTelemetry, from trace (1 to 4) to fatal (21 to 24), after the letter that keeps them apart from others. */
const severityNumbers: Readonly<Record<LogLevel, readonly string[]>> = {
  debug: numbers(1, 8),
  info: numbers(9, 12),
  warn: numbers(13, 16),
  error: numbers(17, 20),
  critical: numbers(21, 24),
};

function numbers(first: number, last: number): string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `n${first + index}`);
}

const others = levels.filter((level) => level !== "info");
const choose = others
  .map((level, index) => {
    const names = [...levelNames[level], ...severityNumbers[level], level].join(" ");
    return `{{ ${index === 0 ? "if" : "else if"} contains $found " ${names} " }}${level}`;
  })
  .join("");

/**
 * Sets the label `level` from the first extracted value that exists; info if there is none or it is unknown. A list of words
 * is searched as text, because a dictionary would be built again for each line.
 */
export function normaliseLevel(...extracted: readonly string[]): Stage[] {
  const values = extracted
    .map((name) => (crashLevels[name] ? `(and .${name} "${crashLevels[name]}")` : `.${name}`))
    .join(" ");
  const template = `{{ $found := printf " %s " (coalesce ${values} (and .severity_number (print "n" .severity_number)) "info" | toString | trim | lower) }}${choose}{{ else }}info{{ end }}`;
  return [
    // Without colors ("\u001b[31merror"), and without the offset of slog ("ERROR+2") or the digit of PostgreSQL ("DEBUG1").
    {
      stage: "regex",
      source: "level_json",
      expression: String.raw`^(?:\x1b\[[\d;]*m|[^A-Za-z0-9\x1b])*(?P<level_json>[A-Za-z]+|\d+)`,
    },
    { stage: "template", source: "level", template },
    { stage: "labels", values: { level: "level" } },
  ];
}
