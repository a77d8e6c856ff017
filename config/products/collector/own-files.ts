import { renameGroups } from "../../settings/regular-expression.ts";
import type { LogsSettings } from "../../settings/schema.ts";
import { layoutOf } from "../../settings/time-layouts.ts";
import { emptyLine } from "./crashes.ts";
import { joinJson, joinText, plainText } from "./joined-lines.ts";
import { levelValues } from "./levels.ts";
import type { Source, Stage } from "./stage.ts";
import { finish, joinLines, jsonFields, readJson } from "./steps.ts";
import { readCrash, readText } from "./text-lines.ts";
import { layoutTimestamp, normaliseTimestamp } from "./timestamps.ts";

type OwnFiles = LogsSettings["sources"]["files"][string];

/** Job of all sources below `logs.sources.files`. */
export const ownFilesJob = "files";

/** Name of a source in the collector's config. */
export function ownFilesName(name: string): string {
  return `files_${name.replaceAll("-", "_")}`;
}

/** A source below `logs.sources.files`. Loki refuses lines older than `oldest` seconds. */
export function ownFilesSource(name: string, files: OwnFiles, oldest: number): Source {
  const { service = name, paths, message, time } = files;
  const layout = time?.format === undefined ? undefined : layoutOf(time.format);
  return {
    name: ownFilesName(name),
    input: { kind: "files", paths },
    stages: [
      ...join(files),
      { stage: "label_drop", values: ["filename", "stream"] },
      ...fields(files),
      ...readCrash,
      ...(files.format === "plain"
        ? []
        : layout === undefined
          ? normaliseTimestamp("time", oldest)
          : layoutTimestamp("time", { layout, timezone: time?.timezone ?? "UTC", oldest })),
      ...finish({ job: ownFilesJob, service, level: levelValues }),
      ...(message === undefined ? [] : storeMessage),
    ],
  };
}

function join({ format, firstLine }: OwnFiles): Stage[] {
  if (firstLine !== undefined)
    return [...plainText, { stage: "drop", expression: emptyLine, reason: "blank" }, joinLines(firstLine)];
  return format === "json" ? [...joinJson] : [...joinText];
}

function fields({ format, pattern, time, level, message, traceId }: OwnFiles): Stage[] {
  switch (format) {
    case "json": {
      // OpenTelemetry's severity number counts only if no level is configured.
      const { severity_number, ...others } = jsonFields;
      return readJson({
        ...others,
        ...(level === undefined ? { severity_number } : { level_json: jsonPath(level) }),
        ...(time && { time: jsonPath(time.field) }),
        ...(traceId !== undefined && { trace_id: jsonPath(traceId) }),
        ...(message !== undefined && { message: jsonPath(message) }),
      });
    }
    case "logfmt": {
      const usual = time === undefined ? ["timestamp", "ts"] : [];
      const mapping = {
        time: time?.field ?? "time",
        ...Object.fromEntries(usual.map((key) => [`time_${key}`, key])),
        ...(level !== undefined && { level_json: level }),
        ...(traceId !== undefined && { trace_id: traceId }),
        ...(message !== undefined && { message }),
      };
      return [
        // Promtail would log an error for each line without pairs.
        { stage: "regex", expression: String.raw`^(?P<first_line>[^\n]*=[^\n]*)` },
        ...readText,
        { stage: "logfmt", mapping, source: "first_line" },
        ...usual.map((key) => copy(`time_${key}`, "time")),
      ];
    }
    case "regex":
      return [
        // Only the first line: across several, `.` and `$` would not match as users expect.
        { stage: "regex", expression: String.raw`^\x{FEFF}?(?P<first_line>[^\n]*)` },
        ...readText,
        { stage: "regex", source: "first_line", expression: renameGroups(pattern ?? "", groupName) },
        ...Object.entries({
          time: time?.field ?? "time",
          level_json: level ?? "level",
          trace_id: traceId ?? "trace_id",
          ...(message !== undefined && { message }),
        }).map(([name, field]) => copy(groupName(field), name)),
      ];
    case "plain":
      return [...readText];
  }
}

/** Prefixes groups of the pattern, to keep them apart from values that the stages extract. */
function groupName(name: string): string {
  return `group_${name}`;
}

/** Overwrites a value with another one, if that was found. */
function copy(from: string, to: string): Stage {
  return { stage: "template", source: to, template: `{{ coalesce .${from} .${to} | default "" }}` };
}

/** Reads a field whose name contains dots, or else a nested one. */
function jsonPath(field: string): string {
  const nested = field.split(".").map((part) => JSON.stringify(part));
  return nested.length === 1 ? JSON.stringify(field) : `${JSON.stringify(field)} || ${nested.join(".")}`;
}

/** A stack trace below the first line is kept. */
const storeMessage: readonly Stage[] = [
  { stage: "regex", expression: String.raw`^[^\n]*(?P<other_lines>(?s:\n.*))$` },
  {
    stage: "template",
    source: "stored",
    template: `{{ if .message }}{{ .message }}{{ .other_lines | default "" }}{{ end }}`,
  },
  { stage: "output", source: "stored" },
];
