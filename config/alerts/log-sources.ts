import { chosenCollector } from "../products/collector/chosen.ts";
import { collectorJob } from "../products/collector/collector.ts";
import { globPattern } from "../products/collector/glob.ts";
import { type LogFiles, logFilesOf } from "../products/collector/log-files.ts";
import { podLogDirectory } from "../products/collector/pipeline.ts";
import { collectsEvents, eventsService } from "../products/events-collector/events.ts";
import { eventsCollector } from "../products/events-collector/product.ts";
import { hasLoki } from "../products/loki/product.ts";
import type { LogsSettings, Settings } from "../settings/schema.ts";
import { defaultPaths } from "../settings/sections/logs.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql, targetLabels } from "./expression.ts";

/** Alerts for log sources that fail silently. */
export function logSourceAlerts(settings: Settings): AlertingRule[] {
  if (!settings.logs.enabled) return [];
  return [...logSourceSilent(settings), ...syslogUnparsed(settings)];
}

/** Labels to aggregate by: for each collector, and for all collectors of a job. */
const each = "job, instance, cluster, env";
const all = "job, cluster, env";

/**
 * Fires only on what cannot be a quiet night. A Docker host always has container lines, a node has pod logs, and a journal has
 * an entry every day. Log files and syslog senders may be quiet for hours, so a log file only has to exist, and only a stream
 * that never paused in the past day must not stop.
 */
function logSourceSilent(settings: Settings): AlertingRule[] {
  const { sources } = settings.logs;
  const { metrics } = chosenCollector(settings);
  return alert(settings, "LogSourceSilent", ({ threshold }) => {
    const window = Number.isInteger(threshold) ? `${threshold}m` : `${Math.round(threshold * 60)}s`;
    const running = up(collectorJob, window);
    const files = (paths: readonly string[]) =>
      paths
        .map((path) => `max_over_time(${metrics.readBytes}{${matchers(path)}, job="${collectorJob}"}[${window}])`)
        .join(" or ");
    const stopped = (metric: string) =>
      streamStopped(`${metric}{job="${collectorJob}"}`, { minutes: threshold, window, running });
    const silent: [source: string, service: string, expression: string][] = [];
    if (sources.containers.enabled)
      silent.push(["containers", "containers", nothing(metrics.containers, window, running)]);
    if (sources.pods.enabled) {
      const read = files([`${podLogDirectory}/**`]);
      silent.push(["pods", "pods", `0 * (${running}) unless on (job, instance) (${read})`]);
    }
    if (sources.journal.enabled) {
      silent.push(["journal", "journal", journalEmpty(metrics.journal, running)]);
      silent.push(["journal", "journal", stopped(metrics.journal)]);
    }
    if (sources.syslog.enabled) silent.push(["syslog", "syslog", stopped(metrics.syslog)]);
    if (collectsEvents(settings)) {
      const counted = `whiteroom_log_lines_total{job="${eventsCollector.job}"}`;
      const events = { minutes: threshold, window, running: up(eventsCollector.job, window), startsWithout: true };
      silent.push(["events", eventsService, streamStopped(counted, events)]);
    }
    for (const { key, service, paths } of expectedFiles(sources)) {
      // The paths come first, because previews truncate long lines.
      silent.push([key, service, `(count by (${all}) (${files(paths)}) or 0 * group by (${all}) (${running})) == 0`]);
    }
    const isSilent = silent.map((part) => labelled(...part));
    return {
      // While Loki is down, collectors pause.
      expression: hasLoki(settings)
        ? promql`
            (
              ${isSilent.join("\n  or ")}
            )
              unless on (cluster, env) max by (cluster, env) (up{job="loki"}) == 0`
        : isSilent.join("\n  or "),
      summary: "No logs from {{ $labels.source }}",
      description: `logs.sources.{{ $labels.source }} is enabled, but the collector{{ if $labels.instance }} on {{ $labels.instance }}{{ end }} has read {{ $value | printf "%.0f" }} lines from it in ${duration(threshold)}. Its lines are missing in ${hasLoki(settings) ? "Loki" : "the systems of logs.remote"}, and alerts that read them cannot fire.`,
      dashboard: "monitoring",
    };
  });
}

/**
 * Label matchers for the paths of a glob. Prometheus compiles them again at every evaluation, which takes 4 ms for `[^/]`, so
 * this uses `.` and excludes deeper paths by their number of slashes, unless that number varies.
 */
function matchers(glob: string): string {
  const pattern = globPattern(glob);
  const slashesVary = /\*\*|\{.*\//.test(glob);
  if (slashesVary || !pattern.includes("[^/]")) return `path=~${JSON.stringify(pattern)}`;
  const tooDeep = `(.*/){${glob.split("/").length}}.*`;
  return `path=~${JSON.stringify(pattern.replaceAll("[^/]", "."))}, path!~"${tooDeep}"`;
}

/** Collectors of a job that have been up for the whole window. */
function up(job: string, window: string): string {
  return `avg_over_time(up{job="${job}"}[${window}]) > 0.9 and up{job="${job}"} offset ${window}`;
}

/** Adds labels without changing the number of lines, so that adding a one-line source changes one line in a preview. */
function labelled(source: string, service: string, expression: string): string {
  return `label_replace(label_replace(${expression}, "source", "${source}", "", ""), "service", "${service}", "", "")`;
}

function nothing(metric: string, window: string, running: string): string {
  return promql`
    sum by (${each}) (increase(${metric}{job="${collectorJob}"}[${window}])) == 0
      and on (job, instance) (${running})`;
}

/** No entries since the collector started, or for a day if it has run that long. At its first start, it reads a day back. */
function journalEmpty(metric: string, running: string): string {
  const series = `${metric}{job="${collectorJob}"}`;
  return promql`
    sum by (${each}) (increase(${series}[1d])) == 0
      and on (job, instance) (${series} == 0 or ${series} offset 1d)
      and on (job, instance) (${running})`;
}

/** A stream with at least this many lines in every window of the past day does not pause by chance. */
const leastLines = 10;

interface Watched {
  readonly minutes: number;
  readonly window: string;
  readonly running: string;
  /** Whether the series is missing until the first line after a restart. */
  readonly startsWithout?: boolean;
}

function streamStopped(series: string, { minutes, window, running, startsWithout = false }: Watched): string {
  const lines = `sum by (${all}) (increase(${series}[${window}]))`;
  const now = startsWithout ? `(${lines} or 0 * group by (${all}) (${running}))` : lines;
  const pastDay = `(${lines})[1d:${window}] offset ${window}`;
  return promql`
    ${now} == 0
      and min_over_time(${pastDay}) >= ${leastLines}
      and count_over_time(${pastDay}) >= ${Math.floor(1440 / minutes)}
      and on (job, cluster, env) (${running})`;
}

/**
 * Sources that must have a file. Where pods' logs are collected, their programs usually write no files, so the default paths
 * are optional.
 */
function expectedFiles(sources: LogsSettings["sources"]): LogFiles[] {
  const defaults: Readonly<Record<string, readonly string[]>> = defaultPaths;
  return logFilesOf(sources).filter(({ key, paths }) => {
    const optional = sources.pods.enabled && paths.join() === defaults[key]?.join();
    return !optional && paths.length > 0;
  });
}

function duration(minutes: number): string {
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

function syslogUnparsed(settings: Settings): AlertingRule[] {
  const { syslog } = settings.logs.sources;
  if (!syslog.enabled) return [];
  const { unparsed } = chosenCollector(settings).metrics;
  return alert(settings, "SyslogUnparsed", ({ threshold, window }) => ({
    expression: `sum by (${targetLabels}) (rate(${unparsed}[${window}])) * 60 > ${threshold}`,
    summary: "Syslog messages on {{ $labels.instance }} cannot be parsed",
    description: `The collector on {{ $labels.instance }} could not parse {{ $value | printf "%.1f" }} syslog messages per minute over the last ${window}, more than ${threshold}. They are lost. The listener expects ${syslog.format} (logs.sources.syslog.format).`,
    dashboard: "monitoring",
    service: "monitoring",
  }));
}
