import type { LogsSettings } from "../../settings/schema.ts";
import { joinText } from "./joined-lines.ts";
import { levelValues } from "./levels.ts";
import { projectOfContainer, serviceOfContainer } from "./service-labels.ts";
import type { RelabelRule, Source, Stage } from "./stage.ts";
import { finish, identifierNames, jsonFields, readJson } from "./steps.ts";
import { readCrash, readText } from "./text-lines.ts";
import { normaliseTimestamp } from "./timestamps.ts";

/** Addresses and paths of the collector. Overridden only by tests. */
export interface StreamPlaces {
  readonly syslogHost: string;
  readonly dockerSocket: string;
  readonly journalPath: string | undefined;
  /** Age in seconds of the oldest line that Loki accepts. */
  readonly oldestLine: number;
}

/** Output of all containers on the host. Uses Docker's timestamps, which are exact. */
function containers({ dockerSocket }: StreamPlaces): Source {
  return {
    name: "containers",
    input: {
      kind: "containers",
      socket: dockerSocket,
      relabel: [
        // Not the name: the collectors' hash of two labels with the same value collides for names like "api-0" and "api-1",
        // and their lines would be joined.
        { source_labels: ["__meta_docker_container_id"], target_label: "container" },
        ...serviceOfContainer,
        ...projectOfContainer,
      ],
      relabelLine: [{ source_labels: ["__meta_docker_container_log_stream"], target_label: "stream" }],
    },
    stages: [
      ...joinText,
      // No longer needed to separate containers, stdout and stderr.
      { stage: "label_drop", values: ["container", "stream", "project"] },
      ...readJson(jsonFields),
      ...readText,
      ...readCrash,
      ...finish({ job: "containers", level: levelValues }),
      // Labels are also available as extracted values, even after they are dropped.
      { stage: "structured_metadata", values: { project: "project" } },
    ],
  };
}

/**
 * Syslog and journal messages have their own host and severity. Both are labels that stages can read as values; they are
 * dropped before counting, and the host is restored afterwards.
 */
function fromHost(job: string, temporary: readonly string[] = []): Stage[] {
  return [
    // Alloy's journal source adds a job.
    { stage: "label_drop", values: ["host", "severity", "job", ...temporary, ...identifierNames] },
    ...readJson(jsonFields),
    ...readText,
    ...finish({ job, level: ["severity"] }),
    { stage: "labels", values: { host: "host" } },
  ];
}

/** Labels for names that no list contains, until they are stored as structured metadata. */
const unlisted = { host: "unlisted_host", program: "unlisted_program" } as const;

/** Moves a name that senders choose to a label of its own if it is listed. */
function ifListed(name: string, list: readonly string[], label: string): RelabelRule[] {
  if (list.length === 0) return [];
  const regex = list.map((each) => each.replaceAll(/[.+]/g, String.raw`\$&`)).join("|");
  return [
    { source_labels: [name], regex: `(${regex})`, target_label: label },
    { source_labels: [name], regex, target_label: name, replacement: "" },
  ];
}

/**
 * Sets the timestamp of an RFC 5424 message, and reduces the line to its text. The collectors pass on the whole message,
 * because stages cannot read the timestamp that a source sets. "-" means that there is none.
 */
function readRfc5424(oldest: number): Stage[] {
  const element = String.raw`\[(?:[^"\]]|"(?:[^"\\]|\\.)*")*\]`;
  return [
    {
      stage: "regex",
      expression: String.raw`(?s)^<\d{1,3}>\d{1,3} (?:-|(?P<syslog_time>\S+))(?: \S+){4} (?:-|(?:${element})+) (?P<syslog_message>.*)$`,
    },
    ...normaliseTimestamp("syslog_time", oldest),
    { stage: "output", source: "syslog_message" },
  ];
}

/** Transport protocols of the syslog listeners. */
export function syslogProtocols({ protocol }: LogsSettings["sources"]["syslog"]): readonly ("tcp" | "udp")[] {
  return protocol === "both" ? ["tcp", "udp"] : [protocol];
}

function syslog(
  { port, format, services, hosts }: LogsSettings["sources"]["syslog"],
  protocol: "tcp" | "udp",
  { syslogHost, oldestLine }: StreamPlaces,
): Source {
  return {
    name: protocol === "tcp" ? "syslog" : "syslog_udp",
    input: {
      kind: "syslog",
      listenAddress: `${syslogHost}:${port}`,
      protocol,
      format,
      relabel: [
        { source_labels: ["__syslog_message_severity"], target_label: "severity" },
        // Some devices do not send their name.
        { source_labels: ["__syslog_connection_ip_address"], target_label: unlisted.host },
        { source_labels: ["__syslog_message_hostname"], regex: "(.+)", target_label: unlisted.host },
        ...ifListed(unlisted.host, hosts, "host"),
        { target_label: "service", replacement: "syslog" },
        { source_labels: ["__syslog_message_app_name"], regex: "(.+)", target_label: unlisted.program },
        ...ifListed(unlisted.program, services, "service"),
        {
          regex: `__syslog_message_sd_.+_(${identifierNames.join("|")})`,
          replacement: "$1",
          action: "labelmap",
        },
      ],
    },
    // Senders are not authenticated, and each new label value would create another stream.
    stages: [
      // The timestamp of RFC 3164 has no year and no time zone, so the time of reading is kept.
      ...(format === "rfc5424" ? readRfc5424(oldestLine) : []),
      ...fromHost("syslog", Object.values(unlisted)),
      { stage: "structured_metadata", values: unlisted },
    ],
  };
}

/** The host's systemd journal. */
function journal({ journalPath }: StreamPlaces): Source {
  return {
    name: "journal",
    input: { kind: "journal", path: journalPath, relabel: journalLabels },
    stages: fromHost("journal"),
  };
}

/** The service is the unit name. Sessions and systemd-run create a new unit each time, so they use the syslog identifier. */
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

/** Sources other than files. */
export function streamSources(sources: LogsSettings["sources"], places: StreamPlaces): Source[] {
  return [
    ...(sources.syslog.enabled
      ? syslogProtocols(sources.syslog).map((protocol) => syslog(sources.syslog, protocol, places))
      : []),
    sources.containers.enabled && containers(places),
    sources.journal.enabled && journal(places),
  ].filter((source) => source !== false);
}
