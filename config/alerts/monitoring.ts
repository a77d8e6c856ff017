import { hasLoki, loki } from "../products/loki/product.ts";
import { addressOf } from "../products/product.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql, targetLabels, valid } from "./expression.ts";
import { collectorJobs, watchesJourneys, watchesProbes } from "./monitored.ts";

const service = "monitoring";

/** Alerts about the monitoring stack itself. */
export function monitoringAlerts(settings: Settings): AlertingRule[] {
  return [
    ...alert(settings, "Watchdog", () => ({
      expression: "vector(1)",
      summary: "Alerting works",
      description:
        "This alert always fires and sends a heartbeat every minute. If the heartbeat stops, Prometheus or Alertmanager is down, and no other alert is delivered.",
      dashboard: "alerts",
      service,
    })),
    ...alert(settings, "PrometheusRuleFailures", ({ window }) => ({
      expression: ruleFailures(settings, window),
      summary: "Rule evaluation fails: {{ $labels.rule_group }}",
      description: `{{ $labels.job }} on {{ $labels.instance }} failed to evaluate rules of group {{ $labels.rule_group }} {{ $value | printf "%.0f" }} times in the last ${window}. Alerts of that group may not fire.`,
      dashboard: "monitoring",
      service,
    })),
    ...alert(settings, "NotificationsFailing", ({ window }) => ({
      expression: promql`
        sum by (${targetLabels}, integration, reason) (
          ${valid(`increase(alertmanager_notifications_failed_total[${window}])`)}
        ) > 0`,
      summary: "Notifications via {{ $labels.integration }} fail: {{ $labels.reason }}",
      description: `Alertmanager on {{ $labels.instance }} could not deliver {{ $value | printf "%.0f" }} notifications via {{ $labels.integration }} in the last ${window} ({{ $labels.reason }}). Alerts may not reach anyone.`,
      dashboard: "alerts",
      service,
    })),
    ...alert(settings, "ConfigReloadFailed", () => ({
      expression: reloadFailed(settings),
      summary: "{{ $labels.job }} runs with an outdated config",
      description:
        "{{ $labels.job }} on {{ $labels.instance }} rejected its latest config and keeps using the previous one. It may fail to start after a restart.",
      dashboard: "monitoring",
      service,
    })),
    ...(settings.logs.enabled ? logsDropped(settings) : []),
    ...scrapeLimitHit(settings),
  ];
}

/** Rule failures of Prometheus and the Loki ruler. */
function ruleFailures(settings: Settings, window: string): string {
  const failures = (metric: string) => `sum by (${targetLabels}, rule_group) (increase(${metric}[${window}])) > 0`;
  const prometheus = failures("prometheus_rule_evaluation_failures_total");
  if (!hasLoki(settings)) return prometheus;
  return promql`
    ${prometheus}
      or ${failures("loki_prometheus_rule_evaluation_failures_total")}`;
}

function reloadFailed(settings: Settings): string {
  return [
    "prometheus_config_last_reload_successful == 0",
    "alertmanager_config_last_reload_successful == 0",
    ...(watchesProbes(settings) ? ["blackbox_exporter_config_last_reload_successful == 0"] : []),
    ...(watchesJourneys(settings) ? ["journey_config_last_reload_successful == 0"] : []),
    ...collectorPrograms(settings).map((program) => collectorRefused[program]),
  ].join("\n  or ");
}

function collectorPrograms(settings: Settings) {
  return [...new Set(collectorJobs(settings).map(({ program }) => program))];
}

/**
 * Neither collector reports whether its last reload succeeded: Promtail counts failures, Alloy reports unhealthy components.
 */
const collectorRefused = {
  promtail: "increase(promtail_config_reload_fail_total[15m]) > 0",
  alloy: `sum by (${targetLabels}) (alloy_component_controller_running_components{health_type="unhealthy"}) > 0`,
} as const;

/** Lines that the collector dropped after all retries. */
export const linesGivenUp = {
  promtail: "promtail_dropped_entries_total",
  alloy: "loki_write_dropped_entries_total",
} as const;

/** Loki's reasons for answering 429. The collectors send these lines again; other refused lines are lost at once. */
const sentAgain = "rate_limited|per_stream_rate_limit|stream_limit";

/**
 * If Loki refuses some lines of a batch, it stores the others, but the collector counts the whole batch as dropped. Only Loki
 * knows the number then, so the collector's counts only if Loki refused nothing.
 */
function logsDropped(settings: Settings): AlertingRule[] {
  const { remote } = settings.logs;
  const own = hasLoki(settings);
  return alert(settings, "LogsDropped", ({ window }) => {
    const givenUp = (host: string) =>
      collectorPrograms(settings)
        .map((program) => `increase(${linesGivenUp[program]}${host}[${window}])`)
        .join(" or ");
    const loki = promql`
      (
          sum by (${targetLabels}, reason) (${givenUp(remote.length > 0 ? `{host="${lokiHost}"}` : "")}) > 0
        unless on ()
          sum(increase(loki_discarded_samples_total{reason!~"${sentAgain}"}[${window}])) > 0
      )
        or sum by (${targetLabels}, reason) (increase(loki_discarded_samples_total[${window}])) > 0`;
    const remotes = promql`
      sum by (${targetLabels}, reason, destination) (
        label_replace(${givenUp(own ? `{host!="${lokiHost}"}` : "")}, "destination", "$1", "host", "(.+)")
      ) > 0`;
    const parts = [...(own ? [loki] : []), ...(remote.length > 0 ? [remotes] : [])];
    const lost = `{{ $labels.job }} on {{ $labels.instance }} dropped {{ $value | printf "%.0f" }} log lines`;
    const forRemote = `${lost} for {{ $labels.destination }} in the last ${window} ({{ $labels.reason }}). They are missing there.`;
    const forLoki = `{{ if match "^(${sentAgain})$" $labels.reason }}{{ $labels.job }} on {{ $labels.instance }} rejected {{ $value | printf "%.0f" }} log lines in the last ${window} ({{ $labels.reason }}). The collector sends them again for 50 minutes; after that they are lost.{{ else }}${lost} in the last ${window} ({{ $labels.reason }}). They are lost, and log-based alerts may be incomplete.{{ end }}`;
    const description =
      own && remote.length > 0
        ? `{{ if $labels.destination }}${forRemote}{{ else }}${forLoki}{{ end }}`
        : own
          ? forLoki
          : forRemote;
    return {
      expression: parts.join("\n  or "),
      summary: `Log lines are dropped: {{ $labels.reason }}`,
      description,
      dashboard: "monitoring",
      service,
    };
  });
}

/** Label `host` of the collector's metrics about Loki. */
const lokiHost = addressOf(loki);

function scrapeLimitHit(settings: Settings): AlertingRule[] {
  const refused = (limit: string, metric: string, window: string) =>
    `label_replace(increase(${metric}[${window}]) > 0, "limit", "${limit}", "", "")`;
  const targets = promql`
    label_replace(
      prometheus_target_scrape_pool_targets > (prometheus_target_scrape_pool_target_limit > 0),
      "limit", "targetLimit", "", ""
    )`;
  return alert(settings, "ScrapeLimitHit", ({ window }) => ({
    expression: promql`
      ${refused("sampleLimit", "prometheus_target_scrapes_exceeded_sample_limit_total", window)}
        or ${refused("bodySizeLimit", "prometheus_target_scrapes_exceeded_body_size_limit_total", window)}
        or ${refused("labelLimit", "prometheus_target_scrape_pool_exceeded_label_limits_total", window)}
        or ${targets}`,
    summary: "Scrapes are rejected: metrics.{{ $labels.limit }} is too low",
    description: `{{ if $labels.scrape_job }}Job {{ $labels.scrape_job }} has {{ $value | printf "%.0f" }} targets, more than metrics.{{ $labels.limit }} allows, and none of them is scraped.{{ else }}Prometheus on {{ $labels.instance }} rejected {{ $value | printf "%.0f" }} scrapes in the last ${window}, because a target exceeded metrics.{{ $labels.limit }}. The samples were not stored.{{ end }}`,
    dashboard: "monitoring",
    service,
  }));
}
