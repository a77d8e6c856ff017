import { copy, type RelabelConfig } from "../prometheus/relabelling.ts";
import { jaegerPorts } from "./product.ts";

/** Ports that serve Jaeger's own metrics, and those derived from spans. */
export const scrapedJaegerPorts = [jaegerPorts.metrics, jaegerPorts.spanMetrics] as const;

/** Only the counts of request metrics are used. */
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
