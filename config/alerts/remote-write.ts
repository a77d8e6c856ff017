import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql, targetLabels } from "./expression.ts";

/** Counters of samples that an endpoint did not accept, by reason. */
export const unsentSamples = {
  rejected: "prometheus_remote_storage_samples_failed_total",
  retried: "prometheus_remote_storage_samples_retried_total",
} as const;

/** Endpoints of `metrics.remoteWrite` that reject samples or do not respond. */
export function remoteWriteAlerts(settings: Settings): AlertingRule[] {
  if (settings.metrics.remoteWrite.length === 0) return [];
  return alert(settings, "RemoteWriteFailing", ({ threshold, window }) => ({
    expression: promql`
      sum by (${targetLabels}, remote_name, reason) (
        ${Object.entries(unsentSamples)
          .map(([reason, metric]) => `label_replace(rate(${metric}[${window}]), "reason", "${reason}", "", "")`)
          .join("\n  or ")}
      ) > ${threshold}`,
    summary: "Remote write to {{ $labels.remote_name }} fails: {{ $labels.reason }}",
    description: `Prometheus on {{ $labels.instance }} could not send {{ $value | printf "%.1f" }} samples per second to {{ $labels.remote_name }} ({{ $labels.reason }}), on average over the last ${window}. Rejected samples are missing there for good; others are sent again for about two hours, after which they are lost.`,
    dashboard: "monitoring",
    service: "monitoring",
  }));
}
