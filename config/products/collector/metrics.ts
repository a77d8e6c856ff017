import type { Stage } from "./stage.ts";

/** Every metric from logs begins with this, whichever collector counts. */
export const metricPrefix = "whiteroom_";

/** How long a series stays that no line feeds: a rare error's count must not vanish between two of them. */
export const maxIdleDuration = "24h";

/** Lines by service and level. Stands where a line carries these two labels and no other. */
export const countLines: Stage = {
  stage: "metric",
  metric: {
    name: "log_lines_total",
    description: "Log lines by service and level.",
    type: "counter",
    match: "every line",
  },
};

/** Nginx requests by status code, and their duration. Stand where a line carries no label yet. */
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
