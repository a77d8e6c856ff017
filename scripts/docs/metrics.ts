import { join } from "node:path";
import type { RecordingRule } from "../../config/alerts/alert.ts";
import { recordingGroups } from "../../config/alerts/recording.ts";
import { alertGroups } from "../../config/alerts/render.ts";
import type { LoggerFields } from "../../config/products/collector/logger.ts";
import { loggers } from "../../config/products/collector/loggers.ts";
import { countLines, countRequests, countTimesNotUsed, metricPrefix } from "../../config/products/collector/metrics.ts";
import type { LogMetric } from "../../config/products/collector/stage.ts";
import { scrapeJobs } from "../../config/products/prometheus/scrape-jobs.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";
import { type MetricDefinition, metricCatalogue } from "../../config/white-room/metrics.ts";
import { code, generated, page, table } from "./markdown.ts";

/** docs/METRICS.md: application metrics, metrics from logs, recording rules and scrape jobs. */
export function metricsPage(): string {
  const settings = stack("dev");
  return page(
    generated(
      "Metrics",
      "config/white-room/metrics.ts, config/alerts, config/products/collector and config/products/prometheus/scrape-jobs.ts",
    ),
    `Metrics exposed by the White Room services, metrics derived from logs, and recording rules. Every series also has the labels
\`job\`, \`instance\`, \`service\`, \`cluster\` and \`env\`.`,
    "## Applications",
    `The bound of a label is the maximum number of its values. The last column lists the alerts that use the metric.`,
    applicationTable(settings),
    "Histogram buckets, in seconds. Each alert threshold is a bucket boundary, and at least one bucket is above it.",
    bucketTable(),
    "## From logs",
    `Counted by the log collector, with the same names for Alloy and Promtail.`,
    logTable(settings),
    "### Log formats",
    `Loggers whose level, time and ids the collector reads. In text, the level is read only where a logger writes it: as a word after
the time (\`10:00:00 ERROR x\`), in brackets (\`[error] x\`, \`[E] x\`, \`<Error> x\`), before a colon (\`error: x\`), as a column (tabs or \`|\`), as a logfmt
pair (\`level=error\`), or as a letter or sign (\`E1128 10:00:00\`). In JSON, the fields of all loggers are read in every line.`,
    formatTable(),
    "## Recording rules",
    `Recording rules for dashboards and alerts, named \`level:metric:operations\`.`,
    ...recordedTables(settings),
    "## Scrape jobs",
    `Scrape jobs of stack \`dev\`. A disabled component has no job. For the metrics of exporters and of the stack's components, see
their documentation.`,
    jobTable(settings),
  );
}

function stack(name: string): Settings {
  const file = join(import.meta.dirname, "../..", `Pulumi.${name}.yaml`);
  return toSettings(readStackFile(name, file), { requireSecrets: false });
}

function applicationTable(settings: Settings): string {
  const rows = (metricCatalogue as readonly MetricDefinition[]).map(({ name, type, labels, help, services }) => [
    code(name),
    type,
    Object.entries(labels)
      .map(([label, { bound }]) => `${code(label)} (${bound})`)
      .join(", "),
    services.join(", "),
    help,
    alertsThatRead(name, settings),
  ]);
  return table(["Metric", "Type", "Labels (bound)", "Exposed by", "Description", "Alerts"], rows);
}

function bucketTable(): string {
  const rows = (metricCatalogue as readonly MetricDefinition[]).flatMap(({ name, buckets }) =>
    buckets === undefined ? [] : [[code(name), buckets.join(", ")]],
  );
  return table(["Histogram", "Upper bounds"], rows);
}

/** Labels of the metrics from logs. */
const logLabels: Readonly<Record<string, string>> = {
  log_lines_total: "`service`, `level`",
  log_times_not_used_total: "`service`, `level`",
  nginx_requests_total: "`code`",
};

function logTable(settings: Settings): string {
  const stages = [countLines, countTimesNotUsed, ...countRequests];
  const metrics = stages.flatMap((stage): LogMetric[] => (stage.stage === "metric" ? [stage.metric] : []));
  const rows = metrics.map(({ name, type, description }) => [
    code(`${metricPrefix}${name}`),
    type,
    logLabels[name] ?? "",
    description,
    alertsThatRead(`${metricPrefix}${name}`, settings),
  ]);
  return table(["Metric", "Type", "Labels", "Description", "Alerts"], rows);
}

function formatTable(): string {
  const fields = (names: LoggerFields[keyof LoggerFields]) => (names ?? []).map((name) => code(name)).join(", ");
  const rows = loggers.map(({ name, text, json }) => [
    name,
    (text ?? []).join(", "),
    fields(json?.level),
    fields(json?.time),
    fields(json?.trace_id),
  ]);
  return table(["Logger", "Level in text", "Level in JSON", "Time", "Trace id"], rows);
}

function recordedTables(settings: Settings): string[] {
  return recordingGroups(settings).flatMap(({ name, interval, rules }) => [
    `### Group ${name}${interval === undefined ? "" : ` (every ${interval})`}`,
    ...rules.flatMap((rule) =>
      "record" in rule ? [`${code(rule.record)}${usedBy(rule, settings)}`, fenced(rule)] : [],
    ),
  ]);
}

function usedBy({ record }: RecordingRule, settings: Settings): string {
  const names = alertsThatRead(record, settings);
  return names === "" ? "" : `, for ${names}`;
}

function fenced({ expr }: RecordingRule): string {
  return `\`\`\`promql\n${expr}\n\`\`\``;
}

/** Alerts that use a metric, directly or through recording rules. */
function alertsThatRead(metric: string, settings: Settings): string {
  const recorded = recordingGroups(settings).flatMap(({ rules }) => rules);
  const names = new Set([metric]);
  // Recording rules may be chained; three rounds cover the longest chain.
  for (let round = 0; round < 3; round++) {
    for (const rule of recorded) if ("record" in rule && reads(rule.expr, names)) names.add(rule.record);
  }
  const alerts = alertGroups(settings).flatMap(({ rules }) => rules);
  const found = alerts.flatMap((rule) => ("alert" in rule && reads(rule.expr, names) ? [rule.alert] : []));
  return [...new Set(found)].map((name) => `[${name}](../runbooks/${name}.md)`).join(", ");
}

function reads(expression: string, names: ReadonlySet<string>): boolean {
  const words = expression.match(/[a-zA-Z_][\w:]*/g) ?? [];
  return words.some((word) => names.has(word) || names.has(word.replace(/_(?:bucket|count|sum)$/, "")));
}

function jobTable(settings: Settings): string {
  const rows = scrapeJobs(settings).map(({ job, service, targets, scrapeInterval, metricsPath }) => [
    code(job),
    code(service),
    [...new Set(targets.map(({ address }) => code(address)))].join(", "),
    code(scrapeInterval ?? settings.metrics.scrapeInterval),
    code(metricsPath),
  ]);
  return table(["Job", "Service", "Targets", "Interval", "Path"], rows);
}
