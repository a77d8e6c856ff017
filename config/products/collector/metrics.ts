import type { Stage } from "./stage.ts";
import { notUsed } from "./timestamps.ts";

/** Prefix of all metrics from logs, for both collectors. */
export const metricPrefix = "whiteroom_";

/** Idle time after which a series is dropped; long enough for the counts of rare errors. */
export const maxIdleDuration = "24h";

/** Lines by service and level. Must be placed where a line has exactly these two labels. */
export const countLines: Stage = {
  stage: "metric",
  metric: {
    name: "log_lines_total",
    description: "Log lines by service and level.",
    type: "counter",
    match: "every line",
  },
};

/** Lines whose own time was not used, by service and level. Must be placed like `countLines`. */
export const countTimesNotUsed: Stage = {
  stage: "metric",
  metric: {
    name: "log_times_not_used_total",
    description:
      "Log lines stored at the time of reading, because their own time could not be parsed or would be rejected by Loki.",
    type: "counter",
    match: "lines with",
    source: "time_checked",
    value: notUsed,
  },
};

/** Metrics of several sources, which Promtail must keep apart. */
export const inAllPipelines: ReadonlySet<string> = new Set(["log_lines_total", "log_times_not_used_total"]);

/** Nginx requests by status code, and their duration. Must be placed where a line has no labels yet. */
export const countRequests: readonly Stage[] = [
  {
    stage: "metric",
    metric: {
      name: "nginx_request_duration_seconds",
      description: "Duration of the requests Nginx answered, from its access log.",
      type: "histogram",
      source: "request_time",
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    },
  },
  { stage: "regex", source: "status", expression: String.raw`^(?P<code>[1-5]\d\d)$` },
  { stage: "labels", values: { code: "code" } },
  {
    stage: "metric",
    metric: {
      name: "nginx_requests_total",
      description: "Requests Nginx answered, by status code, from its access log.",
      type: "counter",
      match: "lines with",
      source: "code",
    },
  },
  { stage: "label_drop", values: ["code"] },
];
