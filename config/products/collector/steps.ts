import { normaliseLevel } from "./levels.ts";
import { countLines } from "./metrics.ts";
import type { Stage } from "./stage.ts";

/** JSON fields that say who and what a line belongs to, under the names that programs use. */
export const identifiers = {
  trace_id: "trace_id || traceId || traceID",
  span_id: "span_id || spanId || spanID",
  request_id: "request_id || requestId || requestID",
  user_id: "user_id || userId || userID",
} as const;

/** Kept as structured metadata: unbounded, so never labels. */
export const identifierNames = Object.keys(identifiers) as readonly (keyof typeof identifiers)[];

/** Keeps a line and the lines that continue it together, as one entry. */
export function joinLines(firstline: string): Stage {
  return { stage: "multiline", firstline, max_lines: 500, max_wait_time: "1s" };
}

/**
 * Reads an entry whose first line is a JSON object, whatever follows it: a stack trace after the object would make a JSON
 * stage on the whole entry extract nothing.
 */
export function readJson(fields: Readonly<Record<string, string>>): Stage[] {
  return [
    { stage: "regex", expression: String.raw`^(?P<json_line>\{[^\n]*\})[ \t\r]*(?:\n|$)` },
    { stage: "json", source: "json_line", expressions: fields },
  ];
}

/** Names that programs use for the same field. */
export const jsonFields = {
  time: 'timestamp || time || ts || "@timestamp"',
  level_json: 'level || severity || "log.level"',
  ...identifiers,
} as const;

/** What every source ends with: the label all lines share, the level, the count of lines, and last the labels the count must not have. */
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
        // A template that writes nothing removes the value: Nginx writes "-" or nothing for a variable that is not set.
        template: `{{ if and .${name} (ne .${name} "-") }}{{ .${name} }}{{ end }}`,
      }),
    ),
    { stage: "structured_metadata", values: identifierNames },
  ];
}
