import type { LogsSettings } from "../../settings/schema.ts";
import { countRequests } from "./metrics.ts";
import type { Source, Stage } from "./stage.ts";
import { finish, identifiers, joinLines, jsonFields, readJson } from "./steps.ts";
import { normaliseTimestamp } from "./timestamps.ts";

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

/** Only after multi-line joining: until then, the file name keeps lines of different files apart. */
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
      ? [joinLines(String.raw`^\{`), dropFilename, ...readJson({ time: "timestamp", level_text: "error_severity" })]
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
      ...read,
      ...postgresTimestamp(timezone),
      ...finish({ job: "postgres", service: "postgres", level: ["level_text"] }),
    ],
  };
}

/**
 * PostgreSQL logs a time zone abbreviation, which is ambiguous. If it does not match the configured zone, the time of
 * reading is used, because Loki would reject timestamps that are hours off.
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

/** File sources on the collector's host. */
export function fileSources(sources: LogsSettings["sources"]): Source[] {
  return [
    sources.juceBackend.enabled && jsonLines("juce_backend", "juce-backend", sources.juceBackend.paths),
    sources.swiftFrontend.enabled && jsonLines("swift_frontend", "swift-frontend", sources.swiftFrontend.paths),
    sources.nginx.enabled && nginxAccess(sources.nginx.paths),
    sources.nginxErrors.enabled && nginxErrors(sources.nginxErrors.paths, sources.nginxErrors.timezone),
    sources.postgres.enabled && postgres(sources.postgres),
  ].filter((source) => source !== false);
}
