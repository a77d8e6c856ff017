import { normaliseLevel } from "./levels.ts";
import { jsonField } from "./logger-words.ts";
import { countLines, countTimesNotUsed } from "./metrics.ts";
import type { Stage } from "./stage.ts";

/** JSON fields with trace and user IDs, under the names used by programs. */
export const identifiers = {
  trace_id: jsonField("trace_id"),
  span_id: jsonField("span_id"),
  request_id: "request_id || requestId || requestID || RequestId",
  user_id: "user_id || userId || userID || UserId",
} as const;

/** Stored as structured metadata rather than labels, because the values are unbounded. */
export const identifierNames = Object.keys(identifiers) as readonly (keyof typeof identifiers)[];

/** Joins continuation lines into one entry. */
export function joinLines(firstline: string, max_wait_time = "1s"): Stage {
  return { stage: "multiline", firstline, max_lines: 500, max_wait_time };
}

/**
 * Parses the first line of an entry as JSON, or an object over several lines. A JSON stage on the whole entry would fail if a
 * stack trace follows the object.
 */
export function readJson(fields: Readonly<Record<string, string>>): Stage[] {
  return [
    {
      stage: "regex",
      expression: String.raw`^\x{FEFF}?[ \t]*(?P<json_line>\{(?:[^\n]*|\n(?s:.*)\n)\})[ \t\r]*(?:\n|$)`,
    },
    { stage: "json", source: "json_line", expressions: fields },
  ];
}

/** Field names used by programs. */
export const jsonFields = {
  time: jsonField("time"),
  level_json: jsonField("level"),
  severity_number: "severity_number || severityNumber || SeverityNumber",
  ...identifiers,
} as const;

/** An ID that was found is stored, unless it means none: Nginx logs "-" or nothing, OpenTelemetry for Python "0". */
function storedId(name: string): Stage {
  // Google Cloud writes the ID of a trace as the last part of a path.
  const path = name === "trace_id" ? "(?:[^/]*/)*" : "";
  return {
    stage: "regex",
    source: name,
    expression: String.raw`^${path}(?P<${name}_stored>[0-]*[^0\s-]\S*)$`,
  };
}

/** Final stages of all sources: the service label, level, line count, and then the labels that the count must not have. */
export function finish({ job, service, level }: { job: string; service?: string; level: readonly string[] }): Stage[] {
  return [
    ...(service === undefined ? [] : [{ stage: "static_labels", values: { service } } as const]),
    ...normaliseLevel(...level),
    countLines,
    countTimesNotUsed,
    { stage: "static_labels", values: { job } },
    ...identifierNames.map(storedId),
    {
      stage: "structured_metadata",
      values: Object.fromEntries(identifierNames.map((name) => [name, `${name}_stored`])),
    },
  ];
}
