import { join } from "node:path";
import type { RecordingRule } from "../../config/alerts/alert.ts";
import { recordingGroups } from "../../config/alerts/recording.ts";
import { alertGroups } from "../../config/alerts/render.ts";
import { countLines, countRequests, metricPrefix } from "../../config/products/collector/metrics.ts";
import type { LogMetric } from "../../config/products/collector/stage.ts";
import { scrapeJobs } from "../../config/products/prometheus/scrape-jobs.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";
import { type MetricDefinition, metricCatalogue } from "../../config/white-room/metrics.ts";
import { code, generated, page, table } from "./markdown.ts";

/** Every metric of White Room, what rules record, and where each is scraped: docs/METRICS.md. */
export function metricsPage(): string {
  const settings = stack("dev");
  return page(
    generated(
      "Metrics",
      "config/white-room/metrics.ts, config/alerts, config/products/collector/metrics.ts and config/products/prometheus/scrape-jobs.ts",
    ),
    `What White Room's programs expose, what is counted from logs and what rules record of both. Every series has the labels
\`job\`, \`instance\`, \`service\`, \`cluster\` and \`env\` as well.`,
    "## Applications",
    `A label's bound is the number of values that it may have. The last column names the alerts that need the metric.`,
    applicationTable(settings),
    "Buckets of the histograms, in seconds: each alert's threshold is one of them, and one lies above it.",
    bucketTable(),
    "## From logs",
    `Counted by the collector, under the same names whichever runs.`,
    logTable(settings),
    "## Recorded",
    `Written by recording rules, ready for dashboards and alerts. The name says by which labels, of which metric and what was
done: \`level:metric:operations\`.`,
    ...recordedTables(settings),
    "## Scraped",
    `Jobs of stack \`dev\`. A part that is switched off has none; what the exporters and the stack's own programs expose is in
their own documentation.`,
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
  return table(["metric", "type", "labels (bound)", "exposed by", "what", "alerts"], rows);
}

function bucketTable(): string {
  const rows = (metricCatalogue as readonly MetricDefinition[]).flatMap(({ name, buckets }) =>
    buckets === undefined ? [] : [[code(name), buckets.join(", ")]],
  );
  return table(["histogram", "upper bounds"], rows);
}

/** Labels that the collector's pipeline leaves on a line when it is counted. */
const logLabels: Readonly<Record<string, string>> = {
  log_lines_total: "`service`, `level`",
  nginx_requests_total: "`code`",
};

function logTable(settings: Settings): string {
  const stages = [countLines, ...countRequests];
  const metrics = stages.flatMap((stage): LogMetric[] => (stage.stage === "metric" ? [stage.metric] : []));
  const rows = metrics.map(({ name, type, description }) => [
    code(`${metricPrefix}${name}`),
    type,
    logLabels[name] ?? "",
    description,
    alertsThatRead(`${metricPrefix}${name}`, settings),
  ]);
  return table(["metric", "type", "labels", "what", "alerts"], rows);
}

function recordedTables(settings: Settings): string[] {
  return recordingGroups(settings).flatMap(({ name, interval, rules }) => [
    `### Group ${name}${interval === undefined ? "" : `, every ${interval}`}`,
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

/** Alerts whose expression names a metric, or what is recorded of it. */
function alertsThatRead(metric: string, settings: Settings): string {
  const recorded = recordingGroups(settings).flatMap(({ rules }) => rules);
  const names = new Set([metric]);
  // A recording rule may read another one; three rounds reach the longest way.
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
    targets.map(({ address }) => code(address)).join(", "),
    code(scrapeInterval ?? settings.metrics.scrapeInterval),
    code(metricsPath),
  ]);
  return table(["job", "service", "targets", "every", "path"], rows);
}
