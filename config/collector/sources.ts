import type { LogsSettings } from "../schema.ts";
import { normaliseLevel } from "./levels.ts";
import { countLines, countRequests } from "./metrics.ts";
import type { Source, Stage } from "./stage.ts";
import { normaliseTimestamp } from "./timestamps.ts";

const identifiers = {
  trace_id: "trace_id || traceId || traceID",
  span_id: "span_id || spanId || spanID",
  request_id: "request_id || requestId || requestID",
  user_id: "user_id || userId || userID",
} as const;

/** Who and what a line belongs to: unbounded, so never a label. */
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

function jsonLines(name: string, service: string, paths: readonly string[]): Source {
  return {
    name,
    input: { kind: "files", paths },
    stages: [
      joinLines(String.raw`^\{`),
      dropFilename,
      ...readJson(jsonFields),
      ...normaliseTimestamp("time"),
      ...finish({ job: service, service, level: ["level_json"] }),
    ],
  };
}

/** Only after lines were joined: until then the file's name keeps those of two files apart. */
const dropFilename: Stage = { stage: "label_drop", values: ["filename"] };

function nginxAccess(paths: readonly string[]): Source {
  return {
    name: "nginx",
    input: { kind: "files", paths },
    stages: [
      dropFilename,
      ...readJson({
        time: "msec || timestamp || time || ts || time_iso8601 || time_local",
        status: "status",
        request_time: "request_time",
        ...identifiers,
      }),
      ...normaliseTimestamp("time"),
      ...countRequests,
      {
        stage: "template",
        source: "level_status",
        template:
          '{{ if hasPrefix "5" (.status | default "") }}error{{ else if hasPrefix "4" (.status | default "") }}warn{{ else }}info{{ end }}',
      },
      ...finish({ job: "nginx", service: "nginx", level: ["level_status"] }),
    ],
  };
}

function nginxErrors(paths: readonly string[], timezone: string): Source {
  return {
    name: "nginx_errors",
    input: { kind: "files", paths },
    stages: [
      joinLines(String.raw`^\d{4}/\d\d/\d\d `),
      dropFilename,
      {
        stage: "regex",
        expression: String.raw`^(?P<time>\d{4}/\d\d/\d\d \d\d:\d\d:\d\d) \[(?P<level_text>[a-z]+)\]`,
      },
      { stage: "timestamp", source: "time", format: "2006/01/02 15:04:05", location: timezone },
      ...finish({ job: "nginx", service: "nginx", level: ["level_text"] }),
    ],
  };
}

function postgres({ paths, format, timezone }: LogsSettings["sources"]["postgres"]): Source {
  const read: Stage[] =
    format === "jsonlog"
      ? readJson({ time: "timestamp", level_text: "error_severity" })
      : [
          joinLines(String.raw`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`),
          dropFilename,
          {
            stage: "regex",
            expression: String.raw`^(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S+) \[\d+\] (?:\S+ )?(?P<level_text>[A-Z]+[1-5]?): `,
          },
        ];
  return {
    name: "postgres",
    input: { kind: "files", paths },
    stages: [
      ...(format === "jsonlog" ? [joinLines(String.raw`^\{`), dropFilename] : []),
      ...read,
      ...postgresTimestamp(timezone),
      ...finish({ job: "postgres", service: "postgres", level: ["level_text"] }),
    ],
  };
}

/**
 * PostgreSQL writes the zone's abbreviation, which means a time only to who knows the zone. Where it is not the one that
 * settings name, the time at which the line was read stands: hours of error would make Loki refuse it.
 */
function postgresTimestamp(timezone: string): Stage[] {
  const zone = timezone === "UTC" ? "UTC|GMT" : "[A-Z]{2,5}";
  return [
    { stage: "regex", source: "time", expression: `^(?P<time_named>.* (?:${zone}))$` },
    { stage: "timestamp", source: "time_named", format: "2006-01-02 15:04:05 MST", location: timezone },
    { stage: "regex", source: "time", expression: String.raw`^(?P<time_offset>.* [+-]\d\d)$` },
    { stage: "timestamp", source: "time_offset", format: "2006-01-02 15:04:05 -07" },
  ];
}

/** Sources that are files on the collector's host. */
export function fileSources(sources: LogsSettings["sources"]): Source[] {
  return [
    sources.juceBackend.enabled && jsonLines("juce_backend", "juce-backend", sources.juceBackend.paths),
    sources.swiftFrontend.enabled && jsonLines("swift_frontend", "swift-frontend", sources.swiftFrontend.paths),
    sources.nginx.enabled && nginxAccess(sources.nginx.paths),
    sources.nginxErrors.enabled && nginxErrors(sources.nginxErrors.paths, sources.nginxErrors.timezone),
    sources.postgres.enabled && postgres(sources.postgres),
  ].filter((source) => source !== false);
}
