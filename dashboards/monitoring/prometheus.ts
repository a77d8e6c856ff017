import { recorded } from "../../config/alerts/recording.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { timeSeries } from "../lib/visualizations.ts";

const prometheus = job("prometheus");

/** Whether rules are evaluated in time. */
export const rules: Row = {
  title: "Rules",
  panels: [
    timeSeries({
      title: "Rule evaluation time",
      description: "Share of its interval that each group of rules takes. At 100 % evaluations are left out.",
      unit: "percentunit",
      min: 0,
      width: 12,
      thresholds: [
        { value: null, color: "green" },
        { value: 1, color: "red" },
      ],
      queries: [
        range(
          // The file's name: the group's own may be there twice.
          `label_replace(max by (rule_group) (prometheus_rule_group_last_duration_seconds{${prometheus}} / prometheus_rule_group_interval_seconds{${prometheus}}), "group", "$1", "rule_group", ".*/(.*)[.]yml;.*")`,
          "{{group}}",
        ),
      ],
    }),
    timeSeries(
      {
        title: "Rules that failed",
        description: "Evaluations that failed or were left out. An alert of that group may not fire.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: 12,
        alerts: ["PrometheusRuleFailures"],
        queries: [
          range(`sum(increase(prometheus_rule_evaluation_failures_total{${prometheus}}[$__rate_interval]))`, "failed"),
          range(
            `sum(increase(prometheus_rule_group_iterations_missed_total{${prometheus}}[$__rate_interval]))`,
            "left out",
          ),
        ],
      },
      "bars",
    ),
  ],
};

/** What Prometheus holds, and what it may hold. */
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
        description: "Series that Prometheus holds in memory. A jump: a label with too many values.",
        unit: "short",
        min: 0,
        width: 8,
        queries: [range(`max by (instance) (prometheus_tsdb_head_series{${prometheus}})`, "{{instance}}")],
      }),
      timeSeries({
        title: "Samples a second",
        description: "Samples that Prometheus takes in.",
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
        description: `Share of metrics.retentionSize (${metrics.retentionSize}) that blocks, WAL and head take. At 100 % the oldest blocks go before they are ${metrics.retentionTime} old.`,
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

/** The way of an alert from Prometheus to people. */
export const notifications: Row = {
  title: "Notifications",
  panels: [
    timeSeries({
      title: "Notification latency",
      description:
        "99 of 100 alerts reached Alertmanager within this time, and 95 of 100 notifications their receiver, over an hour.",
      unit: "s",
      min: 0,
      width: 12,
      queries: [
        mayBeEmpty(
          "No alert was sent in the last 10 minutes.",
          range(
            `max by (instance) (prometheus_notifications_latency_seconds{${prometheus}, quantile="0.99"}) >= 0`,
            "to Alertmanager",
          ),
        ),
        mayBeEmpty(
          "No notification was sent in the last hour.",
          range(`max by (integration) (${recorded.notificationP95}{${alertmanager}})`, "to {{integration}}"),
        ),
      ],
    }),
    timeSeries({
      title: "Alerts on their way",
      description: "Alerts that wait in Prometheus to be sent, and those that it had to drop.",
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
