import { type Case, of, own, place } from "../case.ts";

const alloy = own("collector", "alloy:12345");
const promtail = own("collector", "promtail:9080");
const loki = own("loki", "loki:3100");
const node1 = own("collector", "alloy-x7k2p:12345");
const node2 = own("collector", "alloy-9v4rt:12345");
const medium = { severity: "medium", priority: "P2", team: "platform" } as const;
const dashboard = "white-room-monitoring";

const directory = "/var/log/white-room";
const events = own("events-collector", "events-collector-0:12345");
const eventLines = of({ ...events, service: "kubernetes" }, "whiteroom_log_lines_total", { level: "info" });

const files = {
  juceBackend: `${directory}/juce-backend/juce-backend.log`,
  swiftFrontend: `${directory}/swift-frontend/swift-frontend.log`,
  nginx: `${directory}/nginx/access.log`,
  nginxErrors: `${directory}/nginx/error.log`,
  postgres: `${directory}/postgres/postgres-11.json`,
  "files.billing": "/srv/billing/billing.log",
} as const;

/** A running collector and Loki, and a file of every source except `without`. */
function running(collector: typeof alloy | typeof promtail, values: string, without?: keyof typeof files) {
  const bytes = collector === alloy ? "loki_source_file_read_bytes_total" : "promtail_read_bytes_total";
  const read = Object.entries(files).filter(([source]) => source !== without);
  return {
    [of(collector, "up")]: values,
    [of(loki, "up")]: values,
    ...Object.fromEntries(read.map(([, path]) => [of(collector, bytes, { path }), values])),
  };
}

const dockerLines = of(alloy, "loki_source_docker_target_entries_total", {
  component_id: "loki.source.docker.containers",
});
const dockerLinesOfPromtail = of(promtail, "promtail_docker_target_entries_total");
const syslogLines = of(alloy, "loki_source_syslog_entries_total", { component_id: "loki.source.syslog.syslog" });
const datagrams = of(alloy, "loki_source_syslog_entries_total", { component_id: "loki.source.syslog.syslog_udp" });
const unparsed = of(alloy, "loki_source_syslog_parsing_errors_total", { component_id: "loki.source.syslog.syslog" });
const journalLines = of(promtail, "promtail_journal_target_lines_total");

const missing = "Its lines are missing in Loki, and alerts that read them cannot fire.";

/** Without an instance: no collector reads the source. */
const silent = (source: string, service: string) => ({
  labels: { job: "collector", ...place, ...medium, source, service },
  summary: `No logs from ${source}`,
  description: `logs.sources.${source} is enabled, but the collector has read 0 lines from it in 30 minutes. ${missing}`,
  dashboard,
});

const silentOn = (instance: string, source: string, service: string) => ({
  ...silent(source, service),
  labels: { job: "collector", instance, ...place, ...medium, source, service },
  description: `logs.sources.${source} is enabled, but the collector on ${instance} has read 0 lines from it in 30 minutes. ${missing}`,
});

export const logSources: readonly Case[] = [
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "Docker's socket is missing: Promtail reads files but no containers",
    collector: "promtail",
    series: { ...running(promtail, "1x200"), [dockerLinesOfPromtail]: "0x200" },
    checks: [
      { at: "29m", firing: [] },
      { at: "36m", firing: [silentOn("promtail:9080", "containers", "containers")] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "Docker is restarted with another socket, and comes back",
    series: { ...running(alloy, "1x400"), [dockerLines]: "0+5x40 200x200 200+5x160" },
    checks: [
      { at: "35m", firing: [] },
      { at: "41m", firing: [silentOn("alloy:12345", "containers", "containers")] },
      { at: "62m", firing: [] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "a path that matches no file",
    series: { ...running(alloy, "1x200", "nginxErrors"), [dockerLines]: "0+1x200" },
    checks: [
      { at: "29m", firing: [] },
      { at: "36m", firing: [silent("nginxErrors", "nginx")] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "log files of a user's service are missing",
    withMoreSources: true,
    series: {
      ...running(promtail, "1x200", "files.billing"),
      [dockerLinesOfPromtail]: "0+1x200",
      [journalLines]: "0+1x200",
    },
    checks: [
      { at: "29m", firing: [] },
      { at: "36m", firing: [silent("files.billing", "billing")] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "the only log files are in deeper folders, which the globs do not match",
    withMoreSources: true,
    series: {
      ...running(promtail, "1x200", "files.billing"),
      [of(promtail, "promtail_read_bytes_total", { path: "/srv/billing/old/billing.log" })]: "1x200",
      [of(promtail, "promtail_read_bytes_total", { path: "/srv/billing/eu/old/today.log" })]: "1x200",
      [dockerLinesOfPromtail]: "0+1x200",
      [journalLines]: "0+1x200",
    },
    checks: [{ at: "36m", firing: [silent("files.billing", "billing")] }],
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "only the second of two globs matches a log file",
    withMoreSources: true,
    series: {
      ...running(promtail, "1x200", "files.billing"),
      [of(promtail, "promtail_read_bytes_total", { path: "/srv/billing/eu/today.log" })]: "1x200",
      [dockerLinesOfPromtail]: "0+1x200",
      [journalLines]: "0+1x200",
    },
    checks: [{ at: "40m", firing: [] }],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "the directory of two sources is no longer mounted",
    collector: "promtail",
    series: {
      ...running(promtail, "1x300"),
      [dockerLinesOfPromtail]: "0+1x300",
      [of(promtail, "promtail_read_bytes_total", { path: files.nginx })]: "900x40 _x260",
      [of(promtail, "promtail_read_bytes_total", { path: files.nginxErrors })]: "900x40 _x260",
    },
    checks: [
      { at: "39m", firing: [] },
      { at: "46m", firing: [silent("nginx", "nginx"), silent("nginxErrors", "nginx")] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "syslog that never paused for half an hour stops, on TCP and UDP together",
    step: "4m",
    series: {
      ...running(alloy, "1x450"),
      [dockerLines]: "0+9x450",
      [syslogLines]: "0+1x390 390x60",
      [datagrams]: "0+2x390 780x60",
    },
    checks: [
      { at: "26h", firing: [] },
      { at: "26h36m", firing: [silent("syslog", "syslog")] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "one node's pods cannot be read",
    platform: "kubernetes",
    series: {
      [of(node1, "up")]: "1x200",
      [of(node2, "up")]: "1x200",
      [of(loki, "up")]: "1x200",
      [of(node1, "loki_source_file_read_bytes_total", { path: "/var/log/pods/shop_api-1_8f1c/api/0.log" })]: "7x200",
      // The node's own log files do not count as its pods'.
      [of(node2, "loki_source_file_read_bytes_total", { path: files.nginx })]: "7x200",
    },
    checks: [
      { at: "29m", firing: [] },
      { at: "36m", firing: [silentOn("alloy-9v4rt:12345", "pods", "pods")] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "the events of a busy cluster can no longer be read, and their collector restarts without a count",
    platform: "kubernetes",
    step: "4m",
    series: {
      [of(events, "up")]: "1x450",
      [of(loki, "up")]: "1x450",
      [eventLines]: "0+2x390 _x60",
    },
    checks: [
      { at: "26h", firing: [] },
      {
        at: "26h48m",
        firing: [
          { ...silent("events", "kubernetes"), labels: { ...silent("events", "kubernetes").labels, job: events.job } },
        ],
      },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "a quiet cluster with few events",
    platform: "kubernetes",
    step: "4m",
    series: {
      [of(events, "up")]: "1x450",
      [of(loki, "up")]: "1x450",
      [eventLines]: "0+1x390 390x60",
    },
    checks: ["26h", "26h48m"].map((at) => ({ at, firing: [] })),
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "the journal's directory is empty",
    withMoreSources: true,
    series: { ...running(promtail, "1x200"), [dockerLinesOfPromtail]: "0+1x200", [journalLines]: "0x200" },
    checks: [
      { at: "29m", firing: [] },
      { at: "36m", firing: [silentOn("promtail:9080", "journal", "journal")] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "fires",
    name: "a quiet journal without entries for a day",
    withMoreSources: true,
    step: "4m",
    series: { ...running(promtail, "1x500"), [dockerLinesOfPromtail]: "0+9x500", [journalLines]: "800+1x50 850x450" },
    checks: [
      { at: "27h", firing: [] },
      { at: "28h", firing: [silentOn("promtail:9080", "journal", "journal")] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "a quiet night: files without a new line, no syslog, and only Loki's own container lines",
    step: "4m",
    series: { ...running(alloy, "1x400"), [dockerLines]: "0+4x400", [syslogLines]: "0+9x200 1800x200" },
    checks: [
      { at: "12h", firing: [] },
      { at: "14h", firing: [] },
      { at: "26h", firing: [] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "syslog senders that pause every night",
    step: "4m",
    series: {
      ...running(alloy, "1x800"),
      [dockerLines]: "0+9x800",
      [syslogLines]: "0+3x120 360x120 360+3x240 1080x120",
    },
    checks: ["9h", "12h", "15h", "33h", "36h"].map((at) => ({ at, firing: [] })),
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "senders with a few lines an hour happen to send none for a while",
    step: "4m",
    series: { ...running(alloy, "1x450"), [dockerLines]: "0+9x450", [syslogLines]: "0+0.5x390 195x60" },
    checks: [
      { at: "26h", firing: [] },
      { at: "27h", firing: [] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "a journal that was read at the start and receives no entries for hours, and a restart",
    withMoreSources: true,
    series: {
      ...running(promtail, "1x1400"),
      [dockerLinesOfPromtail]: "0+1x1400",
      [journalLines]: "5000x400 5001x400 0x600",
    },
    checks: ["40m", "1h40m", "3h", "4h", "5h"].map((at) => ({ at, firing: [] })),
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "Loki is down, and collectors pause",
    series: {
      ...running(alloy, "1x300"),
      [of(loki, "up")]: "1x40 0x160 1x100",
      [dockerLines]: "0+5x40 200x160 200+5x100",
    },
    checks: [
      { at: "41m", firing: [] },
      { at: "49m", firing: [] },
      { at: "51m", firing: [] },
      { at: "60m", firing: [] },
    ],
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "the collector is down: ServiceDown says so",
    series: {
      ...running(alloy, "1x160 _x140"),
      [of(alloy, "up")]: "1x160 0x140",
      [of(loki, "up")]: "1x300",
      [dockerLines]: "0+1x158 158x2 _x140",
    },
    checks: ["42m", "45m", "60m", "74m"].map((at) => ({ at, firing: [] })),
  },
  {
    alert: "LogSourceSilent",
    proves: "comes close and stays silent",
    name: "a cluster whose nodes have no files below the default paths",
    platform: "kubernetes",
    series: {
      [of(node1, "up")]: "1x200",
      [of(loki, "up")]: "1x200",
      [of(node1, "loki_source_file_read_bytes_total", { path: "/var/log/pods/shop_api-1_8f1c/api/0.log" })]: "7x200",
    },
    checks: [{ at: "45m", firing: [] }],
  },
  {
    alert: "LogSourceSilent",
    proves: "counter reset",
    name: "the collector restarts and counts from zero",
    series: { ...running(alloy, "1x200"), [dockerLines]: "900+1x140 0+0x40 1+1x20" },
    checks: [
      { at: "36m", firing: [] },
      { at: "44m", firing: [] },
      { at: "49m", firing: [] },
    ],
  },
  {
    alert: "SyslogUnparsed",
    proves: "fires",
    name: "network devices send RFC 3164 to Alloy, which expects RFC 5424",
    series: { [unparsed]: "0+2x80" },
    checks: [
      { at: "9m", firing: [] },
      {
        at: "12m",
        firing: [
          {
            labels: { ...alloy, ...medium },
            summary: "Syslog messages on alloy:12345 cannot be parsed",
            description:
              "The collector on alloy:12345 could not parse 8.0 syslog messages per minute over the last 5m, more than 1. They are lost. The listener expects rfc5424 (logs.sources.syslog.format).",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "SyslogUnparsed",
    proves: "fires",
    name: "the same with Promtail",
    collector: "promtail",
    series: { [of(promtail, "promtail_syslog_target_parsing_errors_total")]: "0+1x80" },
    checks: [
      {
        at: "12m",
        firing: [
          {
            labels: { ...promtail, ...medium },
            summary: "Syslog messages on promtail:9080 cannot be parsed",
            description:
              "The collector on promtail:9080 could not parse 4.0 syslog messages per minute over the last 5m, more than 1. They are lost. The listener expects rfc5424 (logs.sources.syslog.format).",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "SyslogUnparsed",
    proves: "comes close and stays silent",
    name: "a port scan, and one bad message a minute",
    series: { [unparsed]: "0x10 60x20 60+0.25x80" },
    checks: ["5m", "12m", "15m", "25m"].map((at) => ({ at, firing: [] })),
  },
  {
    alert: "SyslogUnparsed",
    proves: "counter reset",
    name: "the collector restarts and counts from zero",
    series: { [unparsed]: "900x20 0x100" },
    checks: [
      { at: "6m", firing: [] },
      { at: "20m", firing: [] },
    ],
  },
];
