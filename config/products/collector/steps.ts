import { normaliseLevel } from "./levels.ts";
import { countLines } from "./metrics.ts";
import type { Stage } from "./stage.ts";

/** JSON fields with trace and user IDs, under the names used by programs. */
export const identifiers = {
  trace_id: "trace_id || traceId || traceID",
  span_id: "span_id || spanId || spanID",
  request_id: "request_id || requestId || requestID",
  user_id: "user_id || userId || userID",
} as const;

/** Stored as structured metadata rather than labels, because the values are unbounded. */
export const identifierNames = Object.keys(identifiers) as readonly (keyof typeof identifiers)[];

/** Joins continuation lines into one entry. */
export function joinLines(firstline: string): Stage {
  return { stage: "multiline", firstline, max_lines: 500, max_wait_time: "1s" };
}

/**
 * Parses the first line of an entry as JSON. A JSON stage on the whole entry would fail if a stack trace follows the object.
 */
export function readJson(fields: Readonly<Record<string, string>>): Stage[] {
  return [
    { stage: "regex", expression: String.raw`^(?P<json_line>\{[^\n]*\})[ \t\r]*(?:\n|$)` },
    { stage: "json", source: "json_line", expressions: fields },
  ];
}

/** Field names used by programs. */
export const jsonFields = {
  time: 'timestamp || time || ts || "@timestamp"',
  level_json: 'level || severity || "log.level"',
  ...identifiers,
} as const;

/** Final stages of all sources: the service label, level, line count, and then the labels that the count must not have. */
export function finish({ job, service, level }: { job: string; service?: string; level: readonly string[] }): Stage[] {
  return [
    ...(service === undefined ? [] : [{ stage: "static_labels", values: { service } } as const]),
    ...normaliseLevel(...level),
    countLines,
    { stage: "static_labels", values: { job } },
    ...identifierNames.map(
      (name): Stage => ({
        stage: "template",
        source: name,
        // An empty template removes the value: Nginx logs "-" or nothing for unset variables.
        template: `{{ if and .${name} (ne .${name} "-") }}{{ .${name} }}{{ end }}`,
      }),
    ),
    { stage: "structured_metadata", values: identifierNames },
  ];
}
