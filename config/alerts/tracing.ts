import type { Settings } from "../settings/schema.ts";
import { bytes } from "../settings/units.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, targetLabels } from "./expression.ts";

const service = "monitoring";

/** Alerts about lost spans and the space left for traces. */
export function tracingAlerts(settings: Settings): AlertingRule[] {
  const { enabled, storage } = settings.tracing;
  if (!enabled) return [];
  return [...spansDropped(settings), ...(storage === "badger" ? traceStorageFilling(settings) : [])];
}

/**
 * Counters of lost spans, by reason. Jaeger and the collector have the same ones, because both are built on the OpenTelemetry
 * Collector.
 */
export const spanLosses = {
  refused: "otelcol_receiver_refused_spans_total",
  "not stored": "otelcol_exporter_send_failed_spans_total",
  "queue full": "otelcol_exporter_enqueue_failed_spans_total",
} as const;

function spansDropped(settings: Settings): AlertingRule[] {
  return alert(settings, "SpansDropped", ({ threshold, window }) => ({
    expression: promql`
      sum by (${targetLabels}, reason) (
        ${Object.entries(spanLosses)
          .map(([reason, metric]) => `label_replace(rate(${metric}[${window}]), "reason", "${reason}", "", "")`)
          .join("\n  or ")}
      ) > ${threshold}`,
    summary: "Spans are dropped: {{ $labels.reason }}",
    description: `{{ $labels.job }} on {{ $labels.instance }} loses {{ $value | printf "%.1f" }} spans per second ({{ $labels.reason }}), on average over the last ${window}. Senders retry refused spans, and those that do not fit into the queue, for a while; all others are lost, and traces are incomplete.`,
    dashboard: "traces",
    service,
  }));
}

/** Share of the volume that traces use. Docker does not limit its size, so it is compared with the configured one. */
export function traceStorageUsed({ tracing }: Settings, matchers = ""): string {
  const size = (what: "lsm" | "vlog") => `jaeger_storage_badger_size_bytes_${what}${matchers}`;
  return promql`
    sum by (${targetLabels}) (${size("lsm")} + ${size("vlog")})
      / ${bytes(tracing.volumeSize)}`;
}

function traceStorageFilling(settings: Settings): AlertingRule[] {
  return alert(settings, "TraceStorageFilling", ({ threshold }) => ({
    expression: `(${traceStorageUsed(settings)}) > ${threshold}`,
    summary: "Traces use {{ $value | humanizePercentage }} of their volume",
    description: `Traces on {{ $labels.instance }} use {{ $value | humanizePercentage }} of tracing.volumeSize, ${settings.tracing.volumeSize}, above the threshold of ${percent(threshold)}. When the volume is full, no span is stored, and Jaeger does not recover without more space.`,
    dashboard: "traces",
    service,
  }));
}
