import {
  type CollectorProduct,
  collectorDataDirectory,
  collectorJob,
  collectorUser,
  remoteSecrets,
} from "../collector/collector.ts";

const port = 12_345;

/** Required by otelcol.storage.file, which queues spans while Jaeger is down. */
const stability = "--stability.level=public-preview";

/** The default collector. */
export const alloy = {
  workload: "alloy",
  image: "alloy",
  job: collectorJob,
  configDirectory: "/etc/alloy",
  program: "/bin/alloy",
  args: [
    "run",
    `--server.http.listen-addr=:${port}`,
    `--storage.path=${collectorDataDirectory}`,
    "--disable-reporting",
    stability,
    "/etc/alloy/config.alloy",
  ],
  port,
  portKey: "alloyPort",
  probe: { path: "/-/ready", by: "bash" },
  user: collectorUser,
  readsTls: "at each use",
  secretFiles: remoteSecrets("alloy"),
  /** Variable with the node name (Kubernetes). */
  hostVariable: "NODE_NAME",
  /** Accepts POST. Returns 400 with the reason if it rejects the file, and keeps using the old one. */
  reloadPath: "/-/reload",
  takesSpans: true,
  filtersDestinations: true,
  metrics: {
    sent: "loki_write_sent_entries_total",
    requests: "loki_write_request_duration_seconds",
    fileBytes: "loki_source_file_file_bytes_total",
    readBytes: "loki_source_file_read_bytes_total",
    readLines: "loki_source_file_read_lines_total",
    containers: "loki_source_docker_target_entries_total",
    syslog: "loki_source_syslog_entries_total",
    journal: "loki_source_journal_target_lines_total",
    unparsed: "loki_source_syslog_parsing_errors_total",
  },
  check: ["/bin/alloy", "validate", stability, "{directory}/config.alloy"],
} as const satisfies CollectorProduct;
