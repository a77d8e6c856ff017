import type { LogsSettings } from "../../settings/schema.ts";
import type { RelabelRule, Source, Stage } from "./stage.ts";
import { finish, identifierNames, joinLines, jsonFields, readJson } from "./steps.ts";

/** Where the collector listens and looks; only tests write other than the defaults. */
export interface StreamPlaces {
  readonly syslogHost: string;
  readonly dockerSocket: string;
  readonly journalPath: string;
}

/** Level and identifiers of a line that is no JSON: `level=warn`, `[error]`, `ERROR`; `trace_id=…`. */
export const readText: readonly Stage[] = [
  {
    stage: "regex",
    expression: String.raw`^[^\n]*?\b(?i:level|lvl|severity)="?(?P<level_pair>[A-Za-z]+)`,
  },
  {
    stage: "regex",
    // Only near the line's begin, only as a word of its own: in running text "ERROR" is no level.
    expression: String.raw`^[^\n]{0,60}?(?:\[(?P<level_bracket>(?i:trace|debug|info|notice|warn|warning|error|err|crit|critical|fatal|alert|emerg))\]|(?:^|[\s|])(?P<level_word>TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|ERROR|CRIT|CRITICAL|FATAL|PANIC|LOG)(?:[\s:|]|$))`,
  },
  ...identifierNames.map((name): Stage => {
    const [first, second] = name.split("_");
    return {
      stage: "regex",
      expression: String.raw`^[^\n]*?\b${first}_?(?i:${second})="?(?P<${name}>[\w-]+)`,
    };
  }),
];

/** Values that a line's level is taken from, the first that is there. */
export const levelInText = ["level_json", "level_pair", "level_bracket", "level_word"] as const;

/** Output of every container on the host. Docker's own timestamps stand: they are exact, whatever the line says. */
function containers({ dockerSocket }: StreamPlaces): Source {
  return {
    name: "containers",
    input: {
      kind: "containers",
      socket: dockerSocket,
      relabel: [
        { source_labels: ["__meta_docker_container_name"], regex: "/?(.*)", target_label: "container" },
        { source_labels: ["container"], target_label: "service" },
        { source_labels: ["__meta_docker_container_label_white_room_service"], regex: "(.+)", target_label: "service" },
      ],
      relabelLine: [{ source_labels: ["__meta_docker_container_log_stream"], target_label: "stream" }],
    },
    stages: [
      // Alloy never forwards these from containers, Promtail would.
      { stage: "drop", expression: String.raw`^\s*$`, reason: "blank" },
      joinLines(String.raw`^[^\s})\]]`),
      // Until here they kept the lines of two containers, and of stdout and stderr, apart.
      { stage: "label_drop", values: ["container", "stream"] },
      ...readJson(jsonFields),
      ...readText,
      ...finish({ job: "containers", level: levelInText }),
    ],
  };
}

/**
 * A message with a host and a severity of its own. Both come as labels, which stages can read as values; they leave before
 * lines are counted, and the host returns after.
 */
function fromHost(job: string): Stage[] {
  return [
    { stage: "label_drop", values: ["host", "severity", ...identifierNames] },
    ...readJson(jsonFields),
    ...readText,
    ...finish({ job, level: ["severity"] }),
    { stage: "labels", values: { host: "host" } },
  ];
}

/** A listener for RFC 5424 over TCP. */
function syslog(port: number, { syslogHost }: StreamPlaces): Source {
  return {
    name: "syslog",
    input: {
      kind: "syslog",
      listenAddress: `${syslogHost}:${port}`,
      relabel: [
        { source_labels: ["__syslog_message_severity"], target_label: "severity" },
        { source_labels: ["__syslog_message_hostname"], target_label: "host" },
        { target_label: "service", replacement: "syslog" },
        { source_labels: ["__syslog_message_app_name"], regex: "(.+)", target_label: "service" },
        {
          regex: `__syslog_message_sd_.+_(${identifierNames.join("|")})`,
          replacement: "$1",
          action: "labelmap",
        },
      ],
    },
    stages: fromHost("syslog"),
  };
}

/** The systemd journal of the host. */
function journal({ journalPath }: StreamPlaces): Source {
  return {
    name: "journal",
    input: { kind: "journal", path: journalPath, relabel: journalLabels },
    stages: fromHost("journal"),
  };
}

/** A unit's name is its service; what runs in a session or by systemd-run has a new unit each time, so goes by its identifier. */
const journalLabels: readonly RelabelRule[] = [
  { source_labels: ["__journal_priority_keyword"], target_label: "severity" },
  { source_labels: ["__journal__hostname"], target_label: "host" },
  { target_label: "service", replacement: "journal" },
  { source_labels: ["__journal_syslog_identifier"], regex: "(.+)", target_label: "service" },
  {
    source_labels: ["__journal__systemd_unit"],
    regex: String.raw`([A-Za-z][\w.-]*?)(?:@.*)?\.service`,
    target_label: "service",
  },
  {
    source_labels: ["__journal__systemd_unit", "__journal_syslog_identifier"],
    separator: ";",
    regex: String.raw`run-.*\.service;(.+)`,
    target_label: "service",
  },
];

/** Sources that are no files. */
export function streamSources(sources: LogsSettings["sources"], places: StreamPlaces): Source[] {
  return [
    sources.syslog.enabled && syslog(sources.syslog.port, places),
    sources.containers.enabled && containers(places),
    sources.journal.enabled && journal(places),
  ].filter((source) => source !== false);
}
