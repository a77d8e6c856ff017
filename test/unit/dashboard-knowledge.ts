import { existsSync, readdirSync, readFileSync } from "node:fs";
import { recordingGroups } from "../../config/rules/recording.ts";
import type { Settings } from "../../config/schema.ts";
import { type MetricDefinition, metricCatalogue } from "../../demo/metrics.ts";
import type { Knowledge, KnownMetric } from "./dashboard-lint.ts";

const recordings = new URL("../recordings/", import.meta.url);

/** Metrics that collectors make from log lines, whichever runs. */
const fromLogs: readonly [string, KnownMetric][] = [
  ["whiteroom_log_lines_total", { type: "counter", labels: ["service", "level"] }],
  ["whiteroom_nginx_requests_total", { type: "counter", labels: ["code"] }],
  ...histogram("whiteroom_nginx_request_duration_seconds", []),
];

/** Series that Prometheus writes itself. */
const fromPrometheus: readonly [string, KnownMetric][] = [
  ["up", { type: "gauge", labels: [] }],
  ["scrape_duration_seconds", { type: "gauge", labels: [] }],
  ["scrape_samples_scraped", { type: "gauge", labels: [] }],
  ["ALERTS", { type: "gauge" }],
  ["ALERTS_FOR_STATE", { type: "gauge" }],
];

/** What no recording can hold: metrics of programs that the sandbox cannot run, or that count what did not happen in it. From their sources. */
const unrecorded: readonly [string, KnownMetric][] = [
  ["node_network_receive_bytes_total", { type: "counter", labels: ["device"] }],
  ["node_network_transmit_bytes_total", { type: "counter", labels: ["device"] }],
  ["loki_discarded_samples_total", { type: "counter", labels: ["reason", "tenant", "retention_hours", "policy"] }],
  ["loki_source_file_file_bytes_total", { type: "gauge", labels: ["path"] }],
  ["loki_source_file_read_bytes_total", { type: "gauge", labels: ["path"] }],
  ["loki_write_sent_entries_total", { type: "counter", labels: ["host", "tenant"] }],
  ["loki_write_dropped_entries_total", { type: "counter", labels: ["host", "tenant", "reason"] }],
  ...histogram("loki_write_request_duration_seconds", ["status_code", "host", "tenant"]),
  [
    "alloy_component_controller_running_components",
    { type: "gauge", labels: ["controller_id", "controller_path", "health_type"] },
  ],
  ["promtail_config_reload_fail_total", { type: "counter", labels: [] }],
];

/**
 * What is known of metrics: White Room's own from their catalogue, recorded ones from the rules, and of all others what
 * recordings of real targets hold. A name is judged when its first word is known at all: without recordings few are.
 */
export function knowledge(settings: Settings): Knowledge {
  const metrics = new Map<string, KnownMetric>([
    ...recorded(),
    ...unrecorded,
    ...fromPrometheus,
    ...fromLogs,
    ...(metricCatalogue as readonly MetricDefinition[]).flatMap(({ name, type, labels }) =>
      type === "histogram"
        ? histogram(name, Object.keys(labels))
        : [[name, { type, labels: Object.keys(labels) }] as [string, KnownMetric]],
    ),
    ...recordingGroups(settings)
      .flatMap(({ rules }) => rules)
      .flatMap((rule): [string, KnownMetric][] => ("record" in rule ? [[rule.record, { type: "gauge" }]] : [])),
  ]);
  const firstWords = new Set([...metrics.keys()].map(firstWord));
  return { metrics, judges: (metric) => metric.includes(":") || firstWords.has(firstWord(metric)) };
}

function histogram(name: string, labels: readonly string[]): [string, KnownMetric][] {
  return [
    [`${name}_bucket`, { type: "histogram", labels: [...labels, "le"] }],
    [`${name}_sum`, { type: "histogram", labels }],
    [`${name}_count`, { type: "histogram", labels }],
  ];
}

function firstWord(metric: string): string {
  return metric.split("_")[0] ?? metric;
}

/** Names and labels as real targets wrote them; their types are not recorded. */
function recorded(): [string, KnownMetric][] {
  const labels = new Map<string, Set<string>>();
  for (const file of ["./", "./elsewhere/"].flatMap(files)) {
    for (const [, name = "", inBraces = ""] of readFileSync(file, "utf8").matchAll(/^([a-zA-Z_:][\w:]*)(\{.*\})? /gm)) {
      const seen = labels.get(name) ?? new Set();
      for (const [, label = ""] of inBraces.matchAll(/(\w+)="/g)) seen.add(label);
      labels.set(name, seen);
    }
  }
  return [...labels].map(([name, seen]) => [name, { type: "untyped", labels: [...seen] }]);
}

function files(folder: string): URL[] {
  const directory = new URL(folder, recordings);
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(".prom"))
    .map((name) => new URL(name, directory));
}
