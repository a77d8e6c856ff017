import { copy, type RelabelConfig } from "../prometheus/relabelling.ts";
import { jaegerPorts } from "./product.ts";

/** Ports with metrics: its own, and those of the spans it receives. */
export const scrapedJaegerPorts = [jaegerPorts.metrics, jaegerPorts.spanMetrics] as const;

/** Of the metrics of requests, only the counts are used. */
const unusedRequestMetrics: RelabelConfig = {
  action: "drop",
  source_labels: ["__name__"],
  regex: "(?:http|rpc)_server_.+_(?:bucket|sum)",
};

/** Metrics of spans belong to the service that sent them. */
export const spanMetricLabels: readonly RelabelConfig[] = [
  unusedRequestMetrics,
  { ...copy("__name__", "service", "traces_span_metrics_.+;(.+)"), source_labels: ["__name__", "service_name"] },
  { action: "labeldrop", regex: "exported_job|exported_instance|otel_scope_.+" },
];
