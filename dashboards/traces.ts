import { traceStorageUsed } from "../config/alerts/tracing.ts";
import { collectorJob } from "../config/products/collector/collector.ts";
import { collectsSpans } from "../config/products/collector/spans.ts";
import { jaeger, jaegerPorts } from "../config/products/jaeger/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { heatMap } from "./lib/heat-map.ts";
import { tracesOfCell } from "./lib/links.ts";
import type { Panel } from "./lib/panel.ts";
import { instant, mayBeEmpty, range, rows, withExemplars } from "./lib/query.ts";
import { chosenService, job } from "./lib/selectors.ts";
import { table } from "./lib/table.ts";
import { cluster, prometheusSource, seriesLabel } from "./lib/variables.ts";
import { stat, timeSeries } from "./lib/visualizations.ts";

/** Requests as reported by their spans, and the path of spans through the stack. */
export function traces(settings: Settings): Dashboard {
  return {
    name: "traces",
    title: "Traces",
    description: "Rate, errors and duration of operations as their spans report them, and the spans themselves.",
    from: "now-1h",
    variables: [
      prometheusSource,
      cluster,
      seriesLabel("service", "Service", 'traces_span_metrics_calls_total{cluster=~"$cluster", job="jaeger"}', ".+"),
    ],
    annotations: annotations(settings),
    rows: [requests, operations(settings), ingestion(settings)],
  };
}

/** Spans of requests that a service answers, and of messages that it processes. */
const entry = 'span_kind=~"SPAN_KIND_(?:SERVER|CONSUMER)"';
const exit = 'span_kind=~"SPAN_KIND_(?:CLIENT|PRODUCER)"';
const failed = 'status_code="STATUS_CODE_ERROR"';
const chosen = `${chosenService}, job="${jaeger.job}"`;
const calls = (matchers: string) => `traces_span_metrics_calls_total{${chosen}, ${matchers}}`;
const durations = (matchers: string) => `traces_span_metrics_duration_seconds_bucket{${chosen}, ${matchers}}`;

const noSpans = "The selected services have sent no spans in this time range.";

const requests: Row = {
  title: "Requests",
  panels: [
    timeSeries({
      title: "Request rate",
      description: "Requests and messages per second that each service handled.",
      unit: "reqps",
      min: 0,
      width: 8,
      leadsToLogs: true,
      queries: [
        mayBeEmpty(noSpans, range(`sum by (service) (rate(${calls(entry)}[$__rate_interval]))`, "{{service}}")),
      ],
    }),
    timeSeries({
      title: "Error rate",
      description: "Share of these requests whose span has the status Error.",
      unit: "percentunit",
      min: 0,
      width: 8,
      leadsToLogs: true,
      queries: [
        mayBeEmpty(
          noSpans,
          range(
            `(sum by (service) (rate(${calls(`${entry}, ${failed}`)}[$__rate_interval])) or 0 * sum by (service) (rate(${calls(entry)}[$__rate_interval]))) / (sum by (service) (rate(${calls(entry)}[$__rate_interval])) > 0)`,
            "{{service}}",
          ),
        ),
      ],
    }),
    timeSeries({
      title: "Duration (P95)",
      description: "95 % of these requests were faster. Points are single traces; select one to open it.",
      unit: "s",
      min: 0,
      width: 8,
      leadsToLogs: true,
      queries: [
        mayBeEmpty(
          noSpans,
          withExemplars(
            range(
              `histogram_quantile(0.95, sum by (service, le) (rate(${durations(entry)}[$__rate_interval])))`,
              "{{service}}",
            ),
          ),
        ),
      ],
    }),
    heatMap({
      title: "Latency heat map",
      description: "Requests by duration. Points are single traces; select one to open it.",
      unit: "s",
      width: 24,
      height: 9,
      queries: [
        mayBeEmpty(
          noSpans,
          withExemplars(range(`sum by (le) (rate(${durations(entry)}[$__rate_interval]))`, "{{le}}")),
        ),
      ],
    }),
  ],
};

function operations(settings: Settings): Row {
  return {
    title: "Operations",
    panels: [
      table(
        {
          title: "Slowest operations",
          description: "Operations with the highest P95 duration in the last 15 minutes, with their rate and errors.",
          unit: "s",
          width: 14,
          height: 10,
          queries: [
            mayBeEmpty(
              noSpans,
              rows(
                `topk(20, histogram_quantile(0.95, sum by (service, span_name, le) (rate(${durations('span_kind=~".+"')}[15m]))) >= 0)`,
              ),
            ),
            mayBeEmpty(noSpans, rows(`sum by (service, span_name) (rate(${calls('span_kind=~".+"')}[15m]))`)),
          ],
        },
        [
          { of: "service", title: "Service", link: tracesOfCell(settings, "Service") },
          { of: "span_name", title: "Operation", minWidth: 220 },
          { of: 0, title: "P95", unit: "s" },
          { of: 1, title: "Per second", unit: "reqps" },
        ],
        { title: "P95", descending: true },
      ),
      serviceGraph(),
    ],
  };
}

/** Edges between services. */
function serviceGraph(): Panel {
  const by = "service, peer_service";
  return table(
    {
      title: "Service graph",
      description:
        "Calls between services in the last 15 minutes, by the attribute peer.service of the caller's spans. Jaeger's page System Architecture draws the graph.",
      unit: "short",
      width: 10,
      height: 10,
      queries: [
        rows(`sum by (${by}) (rate(${calls(`${exit}, peer_service!=""`)}[15m]))`),
        rows(`sum by (${by}) (rate(${calls(`${exit}, peer_service!="", ${failed}`)}[15m]))`),
      ].map((query) => mayBeEmpty("No service has called another one that it names.", query)),
    },
    [
      { of: "service", title: "Caller" },
      { of: "peer_service", title: "Callee" },
      { of: 0, title: "Calls", unit: "reqps" },
      { of: 1, title: "Errors", unit: "reqps" },
    ],
    { title: "Calls", descending: true },
  );
}

function ingestion(settings: Settings): Row {
  const { storage, sampling } = settings.tracing;
  const own = job(jaeger.job);
  const any = collectsSpans(settings) ? job(jaeger.job, collectorJob) : own;
  const rate = (metric: string, selector: string) => `sum(rate(${metric}{${selector}}[$__rate_interval]))`;
  const inAndOut = timeSeries({
    title: "Spans received and dropped",
    description: "Spans per second that Jaeger received and stored, and those that were lost on the way.",
    unit: "short",
    min: 0,
    width: 12,
    alerts: ["SpansDropped"],
    queries: [
      range(rate("otelcol_receiver_accepted_spans_total", own), "received"),
      range(rate("otelcol_exporter_sent_spans_total", own), "stored"),
      mayBeEmpty(noSpans, range(rate("otelcol_receiver_refused_spans_total", any), "refused")),
      mayBeEmpty(noSpans, range(rate("otelcol_exporter_send_failed_spans_total", any), "not stored")),
      mayBeEmpty(noSpans, range(rate("otelcol_exporter_enqueue_failed_spans_total", any), "queue full")),
    ].map((query) => mayBeEmpty(noSpans, query)),
  });
  const ports = [jaegerPorts.otlpHttp, jaegerPorts.zipkin, jaegerPorts.jaegerThrift].join("|");
  const none = "No request was rejected.";
  const rejected = timeSeries({
    title: "Requests rejected",
    description:
      "Requests with spans that Jaeger rejected, by status. 400 and gRPC 13: malformed or above 4 MiB. 503 and gRPC 14: Jaeger was out of memory; clients send them again.",
    unit: "reqps",
    min: 0,
    width: 12,
    queries: [
      range(
        `sum by (http_response_status_code, server_port) (rate(http_server_request_duration_seconds_count{${own}, server_port=~"${ports}", http_response_status_code!~"2.."}[$__rate_interval])) > 0`,
        "{{http_response_status_code}} on port {{server_port}}",
      ),
      range(
        `sum by (rpc_grpc_status_code) (rate(rpc_server_duration_milliseconds_count{${own}, rpc_grpc_status_code!="0"}[$__rate_interval])) > 0`,
        "gRPC {{rpc_grpc_status_code}}",
      ),
    ].map((query) => mayBeEmpty(none, query)),
  });
  const used = stat({
    title: "Trace storage",
    description: "Share of the volume that traces use.",
    unit: "percentunit",
    width: 6,
    thresholds: { fires: "above", alerts: ["TraceStorageFilling"] },
    alerts: ["TraceStorageFilling"],
    queries: [instant(`max(${traceStorageUsed(settings, `{${own}}`)})`, "used")],
  });
  const kept = timeSeries({
    title: "Traces sampled",
    description: "Complete traces per second that were stored, and that were left out by tracing.sampling.kept.",
    unit: "short",
    min: 0,
    width: 6,
    queries: [
      mayBeEmpty(
        noSpans,
        range(
          `sum by (decision) (rate(otelcol_processor_tail_sampling_global_count_traces_sampled_total{${own}}[$__rate_interval]))`,
          "{{decision}}",
        ),
      ),
    ],
  });
  return {
    title: "Spans",
    panels: [inAndOut, rejected, ...(storage === "badger" ? [used] : []), ...(sampling.kept < 1 ? [kept] : [])],
  };
}
