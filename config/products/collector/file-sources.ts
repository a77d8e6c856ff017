import type { LogsSettings } from "../../settings/schema.ts";
import { logFileNames, logFiles } from "../../white-room/log-formats.ts";
import { joinJson } from "./joined-lines.ts";
import { levelValues } from "./levels.ts";
import { countRequests } from "./metrics.ts";
import { ownFilesSource } from "./own-files.ts";
import type { Source, Stage } from "./stage.ts";
import { finish, identifiers, joinLines, jsonFields, readJson } from "./steps.ts";
import { readCrash } from "./text-lines.ts";
import { localTimestamp, normaliseTimestamp, zonedTimestamp } from "./timestamps.ts";

/** A file of JSON lines. */
function jsonLines(name: string, service: string, paths: readonly string[], oldest: number): Source {
  return {
    name,
    input: { kind: "files", paths },
    stages: [
      ...joinJson,
      { stage: "label_drop", values: ["filename", "stream"] },
      ...readJson(jsonFields),
      ...readCrash,
      ...normaliseTimestamp("time", oldest),
      ...finish({ job: service, service, level: levelValues }),
    ],
  };
}

/** Only after multi-line joining: until then, the file name keeps lines of different files apart. */
const dropFilename: Stage = { stage: "label_drop", values: ["filename"] };

function nginxAccess(paths: readonly string[], oldest: number): Source {
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
      ...normaliseTimestamp("time", oldest),
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

function nginxErrors(paths: readonly string[], timezone: string, oldest: number): Source {
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
      ...localTimestamp("time", { format: "2006/01/02 15:04:05", timezone, oldest }),
      ...finish({ job: "nginx", service: "nginx", level: ["level_text"] }),
    ],
  };
}

function postgres({ paths, format, timezone }: LogsSettings["sources"]["postgres"], oldest: number): Source {
  const read: Stage[] =
    format === "jsonlog"
      ? [joinLines(String.raw`^\{`), dropFilename, ...readJson({ time: "timestamp", level_text: "error_severity" })]
      : [
          joinLines(String.raw`^(?:< ?)?\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`),
          dropFilename,
          {
            stage: "regex",
            // The rest of the prefix may be anything; two spaces follow the level. Lines with details have no level.
            expression: String.raw`^(?:< ?)?(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? (?:[A-Z]{2,5}|[+-]\d\d(?::?\d\d)?))[^\n]*?\b(?P<level_text>DEBUG[1-5]|LOG|INFO|NOTICE|WARNING|ERROR|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION):  `,
          },
        ];
  return {
    name: "postgres",
    input: { kind: "files", paths },
    stages: [
      ...read,
      ...zonedTimestamp("time", { timezone, oldest }),
      ...finish({ job: "postgres", service: "postgres", level: ["level_text"] }),
    ],
  };
}

/** File sources on the collector's host. Loki refuses lines older than `oldest` seconds. */
export function fileSources(sources: LogsSettings["sources"], oldest: number): Source[] {
  const { nginx, nginxErrors: errors } = sources;
  return [
    ...logFileNames.map((name) => {
      const { service } = logFiles[name];
      const { enabled, paths } = sources[name];
      return enabled && jsonLines(service.replaceAll("-", "_"), service, paths, oldest);
    }),
    nginx.enabled && nginxAccess(nginx.paths, oldest),
    errors.enabled && nginxErrors(errors.paths, errors.timezone, oldest),
    sources.postgres.enabled && postgres(sources.postgres, oldest),
    ...Object.entries(sources.files).map(([name, files]) => ownFilesSource(name, files, oldest)),
  ].filter((source) => source !== false);
}
