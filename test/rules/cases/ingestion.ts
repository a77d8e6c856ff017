import { type Case, of, own } from "../case.ts";

const prometheus = own("prometheus", "localhost:9090");
const loki = own("loki", "loki:3100");
const alloy = own("collector", "alloy:12345");
const promtail = own("collector", "promtail:9080");
const high = { severity: "high", priority: "P1", team: "platform" } as const;
const dashboard = "white-room-monitoring";

const remoteLabels = { remote_name: "central", url: "https://metrics.example.com/api/v1/write" };

const linesLostFor = (host: string, reason: string) =>
  of(alloy, "loki_write_dropped_entries_total", { host, reason, tenant: "" });
const linesLost = (reason: string) => linesLostFor("loki:3100", reason);

const rejected = of(prometheus, "prometheus_remote_storage_samples_failed_total", remoteLabels);
const retried = of(prometheus, "prometheus_remote_storage_samples_retried_total", remoteLabels);
const notSent = (reason: string, rate: string) => ({
  labels: { ...prometheus, ...high, remote_name: "central", reason },
  summary: `Remote write to central fails: ${reason}`,
  description: `Prometheus on localhost:9090 could not send ${rate} samples per second to central (${reason}), on average over the last 5m. Rejected samples are missing there for good; others are sent again for about two hours, after which they are lost.`,
  dashboard,
});

/** Alerts on lost or rejected log lines, scrapes and samples. */
export const ingestion: readonly Case[] = [
  {
    alert: "RemoteWriteFailing",
    proves: "fires",
    name: "an endpoint rejects some samples, and asks to send others again",
    series: { [rejected]: "0+30x90", [retried]: "0+300x90" },
    checks: [
      { at: "9m", firing: [] },
      { at: "12m", firing: [notSent("rejected", "2.0"), notSent("retried", "20.0")] },
    ],
  },
  {
    alert: "RemoteWriteFailing",
    proves: "fires",
    name: "an endpoint is down for a quarter of an hour and comes back",
    series: { [rejected]: "0x160", [retried]: "0+15x60 900x100" },
    checks: [
      { at: "12m", firing: [notSent("retried", "1.0")] },
      { at: "21m", firing: [] },
    ],
  },
  {
    alert: "RemoteWriteFailing",
    proves: "comes close and stays silent",
    name: "an endpoint restarts, and takes the samples that it missed",
    series: { [rejected]: "0x120", [retried]: "0x8 0+500x12 6000x100" },
    checks: ["5m", "9m", "12m"].map((at) => ({ at, firing: [] })),
  },
  {
    alert: "RemoteWriteFailing",
    proves: "counter reset",
    name: "Prometheus restarts and counts from zero",
    series: { [rejected]: "700x20 0x60", [retried]: "90x20 0x60" },
    checks: [{ at: "14m", firing: [] }],
  },
  {
    alert: "LogsDropped",
    proves: "fires",
    name: "Alloy drops a batch of 1,000 lines, Loki rejects 40",
    collector: "alloy",
    series: {
      [linesLost("ingester_error")]: "0x8 1000x60",
      [linesLost("line_too_long")]: "0x68",
      [of(loki, "loki_discarded_samples_total", { reason: "rate_limited", tenant: "fake" })]: "60x8 100x60",
    },
    checks: [
      { at: "2m", firing: [] },
      {
        at: "15m",
        firing: [
          {
            labels: { ...alloy, ...high, reason: "ingester_error" },
            summary: "Log lines are dropped: ingester_error",
            description:
              "collector on alloy:12345 dropped 1000 log lines in the last 15m (ingester_error). They are lost, and log-based alerts may be incomplete.",
            dashboard,
          },
          {
            labels: { ...loki, ...high, reason: "rate_limited" },
            summary: "Log lines are dropped: rate_limited",
            description:
              "loki on loki:3100 rejected 41 log lines in the last 15m (rate_limited). The collector sends them again for 50 minutes; after that they are lost.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "LogsDropped",
    proves: "fires",
    name: "Promtail drops a batch",
    collector: "promtail",
    series: {
      [of(promtail, "promtail_dropped_entries_total", { host: "loki:3100", reason: "ingester_error", tenant: "" })]:
        "0x8 500x60",
    },
    checks: [
      {
        at: "15m",
        firing: [
          {
            labels: { ...promtail, ...high, reason: "ingester_error" },
            summary: "Log lines are dropped: ingester_error",
            description:
              "collector on promtail:9080 dropped 500 log lines in the last 15m (ingester_error). They are lost, and log-based alerts may be incomplete.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "LogsDropped",
    proves: "fires",
    name: "Loki rejects 3 lines of a batch of 52, which Promtail counts as dropped",
    collector: "promtail",
    series: {
      [of(promtail, "promtail_dropped_entries_total", { host: "loki:3100", reason: "ingester_error", tenant: "" })]:
        "0x8 52x60",
      [of(loki, "loki_discarded_samples_total", { reason: "greater_than_max_sample_age", tenant: "fake" })]: "0x8 3x60",
    },
    checks: [
      {
        at: "15m",
        firing: [
          {
            labels: { ...loki, ...high, reason: "greater_than_max_sample_age" },
            summary: "Log lines are dropped: greater_than_max_sample_age",
            description:
              "loki on loki:3100 dropped 3 log lines in the last 15m (greater_than_max_sample_age). They are lost, and log-based alerts may be incomplete.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "LogsDropped",
    proves: "fires",
    name: "Loki rejects 3 lines of a batch of 52; meanwhile another endpoint loses 700, whose number only the collector knows",
    remote: "with Loki",
    series: {
      [linesLost("ingester_error")]: "0x8 52x60",
      [linesLostFor("logs.example.com", "queue_is_full")]: "0x8 700x60",
      [of(loki, "loki_discarded_samples_total", { reason: "greater_than_max_sample_age", tenant: "fake" })]: "0x8 3x60",
    },
    checks: [
      {
        at: "15m",
        firing: [
          {
            labels: { ...loki, ...high, reason: "greater_than_max_sample_age" },
            summary: "Log lines are dropped: greater_than_max_sample_age",
            description:
              "loki on loki:3100 dropped 3 log lines in the last 15m (greater_than_max_sample_age). They are lost, and log-based alerts may be incomplete.",
            dashboard,
          },
          {
            labels: { ...alloy, ...high, reason: "queue_is_full", destination: "logs.example.com" },
            summary: "Log lines are dropped: queue_is_full",
            description:
              "collector on alloy:12345 dropped 700 log lines for logs.example.com in the last 15m (queue_is_full). They are missing there.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "LogsDropped",
    proves: "fires",
    name: "without Loki, the only endpoint refuses the password",
    remote: "without Loki",
    series: { [linesLostFor("logs.example.com", "ingester_error")]: "0x8 90x60" },
    checks: [
      { at: "2m", firing: [] },
      {
        at: "15m",
        firing: [
          {
            labels: { ...alloy, ...high, reason: "ingester_error", destination: "logs.example.com" },
            summary: "Log lines are dropped: ingester_error",
            description:
              "collector on alloy:12345 dropped 90 log lines for logs.example.com in the last 15m (ingester_error). They are missing there.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "LogsDropped",
    proves: "comes close and stays silent",
    name: "Loki is unavailable; retried batches arrive",
    series: {
      [of(alloy, "loki_write_batch_retries_total", { host: "loki:3100" })]: "0+1x60",
      [linesLost("ingester_error")]: "3x60",
    },
    checks: [{ at: "14m", firing: [] }],
  },
  {
    alert: "LogsDropped",
    proves: "counter reset",
    name: "the collector restarts and counts from zero",
    series: { [linesLost("ingester_error")]: "900x8 0x60" },
    checks: [
      { at: "4m", firing: [] },
      { at: "14m", firing: [] },
    ],
  },
  {
    alert: "ScrapeLimitHit",
    proves: "fires",
    name: "one target exceeds the sample limit at every scrape, another the size limit, and a job has too many targets",
    series: {
      [of(prometheus, "prometheus_target_scrapes_exceeded_sample_limit_total")]: "0+1x60",
      [of(prometheus, "prometheus_target_scrapes_exceeded_body_size_limit_total")]: "0+1x60",
      [of(prometheus, "prometheus_target_scrape_pool_exceeded_label_limits_total")]: "2x60",
      [of(prometheus, "prometheus_target_scrape_pool_targets", { scrape_job: "node" })]: "1200x60",
      [of(prometheus, "prometheus_target_scrape_pool_target_limit", { scrape_job: "node" })]: "1000x60",
      [of(prometheus, "prometheus_target_scrape_pool_targets", { scrape_job: "redis" })]: "5000x60",
      [of(prometheus, "prometheus_target_scrape_pool_target_limit", { scrape_job: "redis" })]: "0x60",
    },
    checks: [
      { at: "4m30s", firing: [] },
      {
        at: "8m",
        firing: [
          {
            labels: { ...prometheus, ...high, limit: "sampleLimit" },
            summary: "Scrapes are rejected: metrics.sampleLimit is too low",
            description:
              "Prometheus on localhost:9090 rejected 20 scrapes in the last 5m, because a target exceeded metrics.sampleLimit. The samples were not stored.",
            dashboard,
          },
          {
            labels: { ...prometheus, ...high, limit: "bodySizeLimit" },
            summary: "Scrapes are rejected: metrics.bodySizeLimit is too low",
            description:
              "Prometheus on localhost:9090 rejected 20 scrapes in the last 5m, because a target exceeded metrics.bodySizeLimit. The samples were not stored.",
            dashboard,
          },
          {
            labels: { ...prometheus, ...high, limit: "targetLimit", scrape_job: "node" },
            summary: "Scrapes are rejected: metrics.targetLimit is too low",
            description:
              "Job node has 1200 targets, more than metrics.targetLimit allows, and none of them is scraped.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ScrapeLimitHit",
    proves: "comes close and stays silent",
    name: "exactly as many targets as allowed; limits were hit yesterday",
    series: {
      [of(prometheus, "prometheus_target_scrapes_exceeded_sample_limit_total")]: "9x60",
      [of(prometheus, "prometheus_target_scrape_pool_targets", { scrape_job: "node" })]: "1000x60",
      [of(prometheus, "prometheus_target_scrape_pool_target_limit", { scrape_job: "node" })]: "1000x60",
    },
    checks: [{ at: "14m", firing: [] }],
  },
  {
    alert: "ScrapeLimitHit",
    proves: "counter reset",
    name: "Prometheus restarts and counts from zero",
    series: { [of(prometheus, "prometheus_target_scrapes_exceeded_sample_limit_total")]: "900x8 0x60" },
    checks: [
      { at: "4m", firing: [] },
      { at: "14m", firing: [] },
    ],
  },
];
