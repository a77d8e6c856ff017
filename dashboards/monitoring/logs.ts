import { collectorJobs } from "../../config/alerts/monitored.ts";
import { linesGivenUp } from "../../config/alerts/monitoring.ts";
import { chosenCollector } from "../../config/products/collector/chosen.ts";
import { hasLoki } from "../../config/products/loki/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import type { Panel } from "../lib/panel.ts";
import { mayBeEmpty, range } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { timeSeries } from "../lib/visualizations.ts";

const loki = job("loki");
const collector = job("collector");

/** Log pipeline from files to Loki and other destinations, and Loki's retention. */
export function logPipeline(settings: Settings): Row[] {
  return [collectorRow(settings), ...(hasLoki(settings) ? [lokiRow(settings)] : [])];
}

function collectorRow(settings: Settings): Row {
  const { logs } = settings;
  const names = chosenCollector(settings).metrics;
  // Without other destinations, all series have the same host.
  const [by, legend] =
    logs.remote.length > 0 ? ["instance, host", "{{instance}} to {{host}}"] : ["instance", "{{instance}}"];
  const to = logs.remote.length === 0 ? "Loki" : hasLoki(settings) ? "Loki and logs.remote" : "logs.remote";
  return {
    title: "Collector",
    panels: [
      timeSeries({
        title: "Lines sent",
        description: `Log lines per second sent from the collector to ${to}.`,
        unit: "short",
        min: 0,
        width: 8,
        queries: [range(`sum by (${by}) (rate(${names.sent}{${collector}}[$__rate_interval]))`, legend)],
      }),
      timeSeries({
        title: "Collector lag",
        description:
          "Bytes in log files that the collector has not read yet, by file. It should regularly return to 0.",
        unit: "bytes",
        min: 0,
        width: 8,
        queries: [
          mayBeEmpty(
            "The collector reads no files.",
            range(
              `label_replace(sum by (path) (${names.fileBytes}{${collector}} - ${names.readBytes}{${collector}}), "file", "$1", "path", ".*?([^/]*/?[^/]*)")`,
              "{{file}}",
            ),
          ),
        ],
      }),
      timeSeries(
        {
          title: "Lines dropped",
          description: `Lines dropped by the collector after all retries${hasLoki(settings) ? ", or rejected by Loki, by reason" : ", by destination"}.`,
          unit: "short",
          decimals: 0,
          min: 0,
          width: 8,
          alerts: ["LogsDropped"],
          queries: [
            ...collectorJobs(settings).map(({ job: name, program }) => {
              const dropped = `increase(${linesGivenUp[program]}{${job(name)}}[$__rate_interval])`;
              return logs.remote.length > 0
                ? range(`sum by (job, host) (${dropped})`, "dropped by {{job}} for {{host}}")
                : range(`sum by (job) (${dropped})`, "dropped by {{job}}");
            }),
            ...(hasLoki(settings)
              ? [
                  mayBeEmpty(
                    "Loki rejected no lines.",
                    range(
                      `sum by (reason) (increase(loki_discarded_samples_total{${loki}}[$__rate_interval]))`,
                      "Loki: {{reason}}",
                    ),
                  ),
                ]
              : []),
          ],
        },
        "bars",
      ),
      ...sources(settings),
      timeSeries({
        title: "Push latency, P95",
        description: `P95 of the duration of pushes to ${to} over 5 minutes, by status code.`,
        unit: "s",
        min: 0,
        width: 24,
        height: 6,
        queries: [
          range(
            `histogram_quantile(0.95, sum by (status_code, le) (rate(${names.requests}_bucket{${collector}}[5m]))) >= 0`,
            "{{status_code}}",
          ),
        ],
      }),
    ],
  };
}

function lokiRow({ logs }: Settings): Row {
  return {
    title: "Loki",
    panels: [
      timeSeries({
        title: "Loki ingestion",
        description: `Bytes per second ingested by Loki. Above ${logs.ingestionRateMb} MB (logs.ingestionRateMb), it rejects lines.`,
        unit: "Bps",
        min: 0,
        width: 8,
        alerts: ["LogsDropped"],
        queries: [
          range(
            `sum by (instance) (rate(loki_distributor_bytes_received_total{${loki}}[$__rate_interval]))`,
            "{{instance}}",
          ),
        ],
      }),
      timeSeries({
        title: "Loki streams",
        description: `Active streams, as a share of logs.maxStreams (${logs.maxStreams}). A continuous increase indicates a label with too many values.`,
        unit: "percentunit",
        min: 0,
        width: 8,
        queries: [
          range(`sum by (instance) (loki_ingester_memory_streams{${loki}}) / ${logs.maxStreams}`, "{{instance}}"),
        ],
      }),
      timeSeries({
        title: "Loki retention",
        description: `Time since the compactor last applied the retention of ${logs.retention}. If it stops doing so, the disk fills up.`,
        unit: "s",
        min: 0,
        width: 8,
        queries: [
          mayBeEmpty(
            "The compactor has not run yet.",
            range(
              `time() - (max by (instance) (loki_compactor_apply_retention_last_successful_run_timestamp_seconds{${loki}}) > 0)`,
              "{{instance}}",
            ),
          ),
        ],
      }),
    ],
  };
}

/** Lines of each kind of source. Disabled sources are included, because both platforms have the same dashboard. */
function sources(settings: Settings): Panel[] {
  const { containers, syslog, journal, unparsed, readLines } = chosenCollector(settings).metrics;
  const lines = (metric: string, legend: string) =>
    mayBeEmpty("The source is disabled.", range(`sum(rate(${metric}{${collector}}[$__rate_interval]))`, legend));
  return [
    timeSeries({
      title: "Lines read, by source",
      description: "Log lines per second read from each kind of source. Files include those of pods.",
      unit: "short",
      min: 0,
      width: 8,
      alerts: ["LogSourceSilent"],
      queries: [
        lines(readLines, "files"),
        lines(containers, "containers"),
        lines(syslog, "syslog"),
        lines(journal, "journal"),
      ],
    }),
    timeSeries({
      title: "Syslog messages not parsed",
      description:
        "Syslog messages per minute, over 5 minutes, that are lost because they are not in logs.sources.syslog.format.",
      unit: "short",
      min: 0,
      width: 8,
      thresholds: { fires: "above", alerts: ["SyslogUnparsed"] },
      alerts: ["SyslogUnparsed"],
      queries: [
        mayBeEmpty(
          "There is no syslog listener.",
          range(`sum by (instance) (rate(${unparsed}{${collector}}[5m])) * 60`, "{{instance}}"),
        ),
      ],
    }),
    timeSeries(
      {
        title: "Times not used",
        leadsToLogs: true,
        description:
          "Lines stored with the time of reading, because their own timestamp has no zone, cannot be parsed or would be rejected by Loki, by service.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: 8,
        queries: [
          mayBeEmpty(
            "The time of every line was used.",
            range(
              `sum by (service) (increase(whiteroom_log_times_not_used_total{${collector}}[$__rate_interval]))`,
              "{{service}}",
            ),
          ),
        ],
      },
      "bars",
    ),
  ];
}
