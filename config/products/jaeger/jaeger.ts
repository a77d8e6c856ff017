import { type RenderedFile, toYaml } from "../../file.ts";
import type { Settings } from "../../settings/schema.ts";
import { bytes, seconds } from "../../settings/units.ts";
import { serverTlsConfig, servesTls, tlsDirectory } from "../internal-tls.ts";
import { dashboardUids, grafanaUrl, jaegerPath } from "../links.ts";
import { hasLoki } from "../loki/product.ts";
import { jaeger, jaegerPorts } from "./product.ts";
import { traceStore } from "./store.ts";

/** Paths and addresses of Jaeger. Overridden only by tests that run it outside a container. */
export interface JaegerPlaces {
  readonly host?: string;
  /** Port that replaces a default one. */
  readonly port?: (port: number) => number;
  readonly configDirectory?: string;
  readonly samplingDirectory?: string;
  readonly dataDirectory?: string;
  readonly secretsDirectory?: string;
  readonly tlsDirectory?: string;
}

/** File names below the directories of the descriptor. */
export const jaegerFiles = { config: "jaeger.yaml", ui: "ui.json", sampling: "sampling.json" } as const;

/** Name of the store, which other parts of the config refer to. */
const store = "traces";

/** Interval at which metrics of spans are updated. Exemplars live as long. */
const flushInterval = "15s";

/** Histogram buckets for span durations, as upper bounds. They include White Room's own thresholds. */
export const spanBuckets = [
  "2ms",
  "5ms",
  "10ms",
  "25ms",
  "50ms",
  "100ms",
  "250ms",
  "500ms",
  "1s",
  "2500ms",
  "5s",
  "10s",
];

/**
 * Maximum number of combinations of service, operation, kind and status per replica. Further ones are counted with the label
 * otel_metric_overflow, so that operations with IDs in their names do not exhaust Jaeger or Prometheus.
 */
export const spanSeriesLimit = 2000;

/**
 * Lower bound on the memory of an undecided trace. One with a single span of two attributes was measured at about 1,600 bytes.
 */
const leastBytesPerTrace = 1024;

/** Largest request with spans that the receivers accept, in MiB. */
const maxRequest = 4;

/** `jaeger.yaml` and `ui.json`. */
export function renderJaeger(settings: Settings, places: JaegerPlaces = {}): RenderedFile[] {
  return [
    { path: jaegerFiles.config, content: toYaml(jaegerConfig(settings, places)) },
    { path: jaegerFiles.ui, content: json(uiConfig(settings)) },
  ];
}

/** `sampling.json`: the share of traces that applications start. Jaeger rereads it. */
export function renderSampling({ tracing }: Settings): RenderedFile[] {
  const { default: share, services } = tracing.sampling;
  const strategy = (param: number) => ({ type: "probabilistic", param });
  return [
    {
      path: jaegerFiles.sampling,
      content: json({
        default_strategy: strategy(share),
        service_strategies: Object.keys(services)
          .sort()
          .map((service) => ({ service, ...strategy(services[service] ?? share) })),
      }),
    },
  ];
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

function jaegerConfig(settings: Settings, places: JaegerPlaces) {
  const { host = "", port = (given: number) => given } = places;
  const at = (given: number) => ({ endpoint: `${host}:${port(given)}` });
  const http = (given: number) => ({ ...at(given), max_request_body_size: maxRequest * 1024 ** 2 });
  const grpc = (given: number) => ({ ...at(given), max_recv_msg_size_mib: maxRequest });
  const sampled = settings.tracing.sampling.kept < 1;
  return {
    extensions: {
      healthcheckv2: {
        use_v2: true,
        http: { ...at(jaegerPorts.health), status: { enabled: true, path: jaeger.probe.path } },
      },
      jaeger_storage: { backends: { [store]: traceStore(settings, places) } },
      jaeger_query: {
        base_path: jaegerPath(settings),
        storage: { traces: store },
        ui: { config_file: `${places.configDirectory ?? jaeger.configDirectory}/${jaegerFiles.ui}` },
        http: { ...at(jaeger.port), ...queryTls(settings, places) },
        // Required by Jaeger, but unused.
        grpc: { endpoint: "127.0.0.1:0" },
      },
      remote_sampling: {
        file: {
          path: `${places.samplingDirectory ?? jaeger.samplingDirectory}/${jaegerFiles.sampling}`,
          reload_interval: "10s",
          default_sampling_probability: settings.tracing.sampling.default,
        },
        http: at(jaegerPorts.sampling),
      },
    },
    receivers: {
      otlp: { protocols: { grpc: grpc(jaegerPorts.otlpGrpc), http: http(jaegerPorts.otlpHttp) } },
      zipkin: http(jaegerPorts.zipkin),
      jaeger: { protocols: { grpc: grpc(jaegerPorts.jaegerGrpc), thrift_http: http(jaegerPorts.jaegerThrift) } },
    },
    processors: {
      // Refuses spans before the container's memory runs out. Senders retry, and SpansDropped fires.
      memory_limiter: {
        check_interval: "1s",
        limit_percentage: 75,
        spike_limit_percentage: 20,
      },
      batch: { send_batch_size: 1024, send_batch_max_size: 4096, timeout: "1s" },
      ...(sampled && { tail_sampling: tailSampling(settings) }),
    },
    connectors: {
      // Before sampling, so that rates and durations are those of all spans.
      spanmetrics: {
        histogram: { unit: "s", explicit: { buckets: spanBuckets } },
        dimensions: [{ name: "peer.service" }],
        exemplars: { enabled: true, max_per_data_point: 1 },
        metrics_flush_interval: flushInterval,
        // Drops series of operations that no longer occur.
        metrics_expiration: "1h",
        aggregation_cardinality_limit: spanSeriesLimit,
        // Restarts of a service, which change its other attributes, continue its series.
        resource_metrics_key_attributes: ["service.name"],
      },
      forward: {},
    },
    exporters: {
      jaeger_storage_exporter: { trace_storage: store },
      // Exemplars require OpenMetrics.
      prometheus: { ...at(jaegerPorts.spanMetrics), enable_open_metrics: true, metric_expiration: "1h" },
    },
    service: {
      extensions: ["healthcheckv2", "jaeger_storage", "jaeger_query", "remote_sampling"],
      pipelines: {
        "traces/received": {
          receivers: ["otlp", "zipkin", "jaeger"],
          processors: ["memory_limiter"],
          exporters: ["spanmetrics", "forward"],
        },
        "traces/stored": {
          receivers: ["forward"],
          processors: [...(sampled ? ["tail_sampling"] : []), "batch"],
          exporters: ["jaeger_storage_exporter"],
        },
        "metrics/spans": { receivers: ["spanmetrics"], exporters: ["prometheus"] },
      },
      telemetry: {
        resource: { "service.name": jaeger.workload },
        metrics: {
          // Counts requests by status, including malformed and oversized ones.
          level: "detailed",
          views: requestViews,
          readers: [
            { pull: { exporter: { prometheus: { host: host || "0.0.0.0", port: port(jaegerPorts.metrics) } } } },
          ],
        },
        logs: { level: "info", encoding: "json" },
      },
    },
  };
}

/** Keeps only requests by status of the receivers' HTTP and gRPC metrics, without the host name, which clients choose. */
const requestViews = [
  ...Object.entries({
    "http.server.request.duration": ["http.response.status_code", "server.port"],
    "rpc.server.duration": ["rpc.grpc.status_code"],
  }).map(([name, included]) => ({
    selector: { instrument_name: name },
    stream: { attribute_keys: { included } },
  })),
  ...[
    "http.server.request.body.size",
    "http.server.response.body.size",
    "http.client.*",
    "rpc.server.re*",
    "rpc.client.*",
  ].map((name) => ({ selector: { instrument_name: name }, stream: { aggregation: { drop: {} } } })),
];

/** TLS of the UI and API only, because applications that send spans have no certificate of the stack. */
function queryTls(settings: Settings, places: JaegerPlaces) {
  if (!servesTls(settings, jaeger)) return {};
  const { cert_file, key_file, client_ca_file } = serverTlsConfig(places.tlsDirectory ?? tlsDirectory(jaeger));
  return { tls: { cert_file, key_file, client_ca_file } };
}

/** Keeps traces with an error or of a slow request, and a share of the others. Its memory usage is that of undecided traces. */
function tailSampling({ tracing }: Settings) {
  const { kept, slowerThan, decisionWait } = tracing.sampling;
  return {
    decision_wait: decisionWait,
    // More traces than fit into memory. Above this number, the oldest traces would be lost silently, with their errors; while
    // memory is full, new spans are refused and counted, and senders retry.
    num_traces: Math.ceil(bytes(tracing.limits.memory) / leastBytesPerTrace),
    // Spans that arrive after the decision follow it.
    decision_cache: { sampled_cache_size: 100_000, non_sampled_cache_size: 100_000 },
    policies: [
      { name: "errors", type: "status_code", status_code: { status_codes: ["ERROR"] } },
      { name: "slow", type: "latency", latency: { threshold_ms: Math.round(seconds(slowerThan) * 1000) } },
      ...(kept > 0
        ? [{ name: "share", type: "probabilistic", probabilistic: { sampling_percentage: kept * 100 } }]
        : []),
    ],
  };
}

/** Links of the UI, from a trace to its log lines. */
function uiConfig(settings: Settings) {
  const { visualization } = settings;
  const hasLogs = hasLoki(settings) && (visualization.enabled || visualization.viewer.enabled);
  return {
    // Jaeger's site, which is not needed and may not be reachable.
    tracking: { gaID: null, trackErrors: false },
    ...(hasLogs && {
      linkPatterns: [
        {
          type: "traces",
          url: `${grafanaUrl(settings)}/d/${dashboardUids.logs}?var-trace_id=#{traceID}`,
          text: "Log lines of this trace",
        },
      ],
    }),
  };
}
