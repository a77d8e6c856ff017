import { type CollectorProduct, collectorJob, collectorUser, remoteSecrets } from "../collector/collector.ts";

/** The collector for machines without Alloy; its last image is 3.6.11. */
export const promtail = {
  workload: "promtail",
  image: "promtail",
  job: collectorJob,
  configDirectory: "/etc/promtail",
  program: "/usr/bin/promtail",
  args: ["-config.file=/etc/promtail/promtail.yml"],
  port: 9080,
  portKey: "promtailPort",
  probe: { path: "/ready", by: "bash" },
  user: collectorUser,
  readsTls: "at each use",
  secretFiles: remoteSecrets("promtail"),
  /** Variable with the host name; on Kubernetes, the node name. */
  hostVariable: "HOSTNAME",
  /**
   * Accepts GET and POST. Returns 500 if nothing has changed or the file is rejected. Invalid stages are rejected only after
   * it has stopped reading: `-check-syntax` does not detect them, but the tests of the rendered file do.
   */
  reloadPath: "/reload",
  takesSpans: false,
  filtersDestinations: false,
  metrics: {
    sent: "promtail_sent_entries_total",
    requests: "promtail_request_duration_seconds",
    fileBytes: "promtail_file_bytes_total",
    readBytes: "promtail_read_bytes_total",
    readLines: "promtail_read_lines_total",
    containers: "promtail_docker_target_entries_total",
    syslog: "promtail_syslog_target_entries_total",
    journal: "promtail_journal_target_lines_total",
    unparsed: "promtail_syslog_target_parsing_errors_total",
  },
  check: ["/usr/bin/promtail", "-check-syntax", "-config.file={directory}/promtail.yml"],
} as const satisfies CollectorProduct;
