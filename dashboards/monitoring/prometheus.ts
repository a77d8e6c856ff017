import { recorded } from "../../config/alerts/recording.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { timeSeries } from "../lib/visualizations.ts";

const prometheus = job("prometheus");

/** Rule evaluation. */
export const rules: Row = {
  title: "Rules",
  panels: [
    timeSeries({
      title: "Rule evaluation time",
      description: "Evaluation time of each rule group as a share of its interval. At 100 %, evaluations are skipped.",
      unit: "percentunit",
      min: 0,
      width: 12,
      thresholds: [
        { value: null, color: "green" },
        { value: 1, color: "red" },
      ],
      queries: [
        range(
          // Use the file name, because group names may not be unique.
          `label_replace(max by (rule_group) (prometheus_rule_group_last_duration_seconds{${prometheus}} / prometheus_rule_group_interval_seconds{${prometheus}}), "group", "$1", "rule_group", ".*/(.*)[.]yml;.*")`,
          "{{group}}",
        ),
      ],
    }),
    timeSeries(
      {
        title: "Rules that failed",
        description: "Failed or skipped evaluations. Alerts of the group may not fire.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: 12,
        alerts: ["PrometheusRuleFailures"],
        queries: [
          range(`sum(increase(prometheus_rule_evaluation_failures_total{${prometheus}}[$__rate_interval]))`, "failed"),
          range(
            `sum(increase(prometheus_rule_group_iterations_missed_total{${prometheus}}[$__rate_interval]))`,
            "skipped",
          ),
        ],
      },
      "bars",
    ),
  ],
};

/** Series, samples and disk usage of Prometheus. */
export function storage({ metrics }: Settings): Row {
  const used = [
    "prometheus_tsdb_storage_blocks_bytes",
    "prometheus_tsdb_wal_storage_size_bytes",
    "prometheus_tsdb_head_chunks_storage_size_bytes",
  ]
    .map((metric) => `max by (instance) (${metric}{${prometheus}})`)
    .join(" + ");
  return {
    title: "Storage of metrics",
    panels: [
      timeSeries({
        title: "Series",
        description: "Series in the head block. A sudden increase indicates a label with too many values.",
        unit: "short",
        min: 0,
        width: 8,
        queries: [range(`max by (instance) (prometheus_tsdb_head_series{${prometheus}})`, "{{instance}}")],
      }),
      timeSeries({
        title: "Samples a second",
        description: "Samples ingested per second.",
        unit: "short",
        min: 0,
        width: 8,
        queries: [
          range(
            `sum by (instance) (rate(prometheus_tsdb_head_samples_appended_total{${prometheus}}[$__rate_interval]))`,
            "{{instance}}",
          ),
        ],
      }),
      timeSeries({
        title: "Disk use against the retention cap",
        description: `Disk usage of blocks, WAL and head as a share of metrics.retentionSize (${metrics.retentionSize}). At 100 %, the oldest blocks are deleted before they are ${metrics.retentionTime} old.`,
        unit: "percentunit",
        min: 0,
        width: 8,
        thresholds: [
          { value: null, color: "green" },
          { value: 1, color: "yellow" },
        ],
        queries: [
          range(
            `(${used}) / (max by (instance) (prometheus_tsdb_retention_limit_bytes{${prometheus}}) > 0)`,
            "{{instance}}",
          ),
        ],
      }),
    ],
  };
}

const alertmanager = job("alertmanager");

/** Notifications from Prometheus through Alertmanager to receivers. */
export const notifications: Row = {
  title: "Notifications",
  panels: [
    timeSeries({
      title: "Notification latency",
      description:
        "P99 of the time to send alerts to Alertmanager, and P95 of the delivery time of notifications over the last hour.",
      unit: "s",
      min: 0,
      width: 12,
      queries: [
        mayBeEmpty(
          "No alerts were sent in the last 10 minutes.",
          range(
            `max by (instance) (prometheus_notifications_latency_seconds{${prometheus}, quantile="0.99"}) >= 0`,
            "to Alertmanager",
          ),
        ),
        mayBeEmpty(
          "No notifications were sent in the last hour.",
          range(`max by (integration) (${recorded.notificationP95}{${alertmanager}})`, "to {{integration}}"),
        ),
      ],
    }),
    timeSeries({
      title: "Alerts on their way",
      description: "Alerts queued in Prometheus, dropped, or failed to be sent.",
      unit: "short",
      decimals: 0,
      min: 0,
      width: 12,
      alerts: ["NotificationsFailing"],
      queries: [
        range(`sum(prometheus_notifications_queue_length{${prometheus}})`, "waiting"),
        range(`sum(increase(prometheus_notifications_dropped_total{${prometheus}}[$__rate_interval]))`, "dropped"),
        range(`sum(increase(prometheus_notifications_errors_total{${prometheus}}[$__rate_interval]))`, "failed"),
      ],
    }),
  ],
};
