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

/**
 * What is known of metrics: White Room's own from their catalogue, recorded ones from the rules, and of all others what
 * recordings of real targets hold. A name is judged when its first word is known at all.
 */
export function knowledge(settings: Settings): Knowledge {
  const metrics = new Map<string, KnownMetric>([
    ...(metricCatalogue as readonly MetricDefinition[]).flatMap(({ name, type, labels }) =>
      type === "histogram"
        ? histogram(name, Object.keys(labels))
        : [[name, { type, labels: Object.keys(labels) }] as [string, KnownMetric]],
    ),
    ...fromLogs,
    ...fromPrometheus,
    ...recordingGroups(settings)
      .flatMap(({ rules }) => rules)
      .flatMap((rule): [string, KnownMetric][] => ("record" in rule ? [[rule.record, { type: "gauge" }]] : [])),
    ...recorded(),
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

/** Types and labels as real targets wrote them. */
function recorded(): [string, KnownMetric][] {
  if (!existsSync(recordings)) return [];
  const types = new Map<string, KnownMetric["type"]>();
  const labels = new Map<string, Set<string>>();
  for (const file of readdirSync(recordings).filter((name) => name.endsWith(".prom"))) {
    for (const line of readFileSync(new URL(file, recordings), "utf8").split("\n")) {
      const [, typed, type] = /^# TYPE (\S+) (counter|gauge|histogram|summary|untyped)/.exec(line) ?? [];
      if (typed !== undefined) types.set(typed, type as KnownMetric["type"]);
      const [, name, inBraces = ""] = /^([a-zA-Z_:][\w:]*)(\{.*\})? /.exec(line) ?? [];
      if (name === undefined) continue;
      const seen = labels.get(name) ?? new Set();
      for (const [, label = ""] of inBraces.matchAll(/(\w+)="/g)) seen.add(label);
      labels.set(name, seen);
    }
  }
  return [...labels].map(([name, seen]) => {
    const family = name.replace(/_(?:bucket|sum|count)$/, "");
    return [name, { type: types.get(name) ?? types.get(family) ?? "untyped", labels: [...seen] }];
  });
}
