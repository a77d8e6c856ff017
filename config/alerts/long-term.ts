import { prometheus } from "../products/prometheus/product.ts";
import { longTermOf } from "../products/thanos/long-term.ts";
import {
  thanosCompactor,
  thanosProducts,
  thanosQuery,
  thanosQueryFrontend,
  thanosSidecar,
} from "../products/thanos/product.ts";
import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, targetLabels, valid } from "./expression.ts";

const common = { dashboard: "longTerm", service: "monitoring" } as const;

const compactor = `job="${thanosCompactor.job}"`;
const sidecar = `job="${thanosSidecar.job}"`;

/** Alerts about Thanos. */
export function longTermAlerts(settings: Settings): AlertingRule[] {
  if (longTermOf(settings) === undefined) return [];
  return [
    ...alert(settings, "ThanosCompactorHalted", () => ({
      expression: `max by (${targetLabels}) (thanos_compact_halted{${compactor}}) == 1`,
      summary: "The compactor has halted",
      description:
        "The compactor on {{ $labels.instance }} found blocks that it cannot compact, and stopped until somebody repairs the bucket. Until then nothing is compacted, downsampled or deleted: queries of long ranges get slower, and the bucket grows.",
      ...common,
    })),
    ...uploadsStale(settings),
    ...queryFailing(settings),
    ...bucketFailing(settings),
    ...compactionStalled(settings),
    ...alert(settings, "ThanosMultipleCompactors", () => ({
      expression: `count by (service, cluster, env) (up{${compactor}} == 1) > 1`,
      summary: "Several compactors run on one bucket",
      description: `{{ $value | printf "%.0f" }} compactors run at the same time. They compact the same blocks, and the overlapping results halt them both.`,
      ...common,
    })),
  ];
}

/**
 * A sidecar that starts reports no upload yet, and a Prometheus that starts has no block yet, so both must have been there for
 * the whole window.
 */
function uploadsStale(settings: Settings): AlertingRule[] {
  return alert(settings, "ThanosUploadsStale", ({ window }) => ({
    expression: promql`
      time() - max by (${targetLabels}) (
        max_over_time(thanos_objstore_bucket_last_successful_upload_time{${sidecar}}[${window}])
      ) > ${seconds(window)}
        and max by (${targetLabels}) (thanos_objstore_bucket_last_successful_upload_time{${sidecar}} offset ${window})
        and on (cluster, env)
          min by (cluster, env) (min_over_time(prometheus_tsdb_blocks_loaded{job="${prometheus.job}"}[${window}])) > 0`,
    summary: "{{ $labels.instance }} uploads no metrics",
    description: `{{ $labels.instance }} has uploaded no block for more than ${window}{{ if lt $value 1e9 }} ({{ $value | humanizeDuration }}){{ end }}, although Prometheus has written some. Nothing is lost yet: they stay on the volume of Prometheus until metrics.retentionTime (${settings.metrics.retentionTime}) or metrics.retentionSize is reached.`,
    ...common,
  }));
}

function queryFailing(settings: Settings): AlertingRule[] {
  const jobs = `job=~"${thanosQuery.job}|${thanosQueryFrontend.job}"`;
  // What a server causes: a user who closes a dashboard cancels its queries.
  const broken = "Unknown|ResourceExhausted|Internal|Unavailable|DataLoss|DeadlineExceeded";
  const share = (metric: string, jobs: string, failed: string, window: string) => promql`
    ${valid(`sum by (${targetLabels}) (rate(${metric}{${jobs}, ${failed}}[${window}]))`)}
      / sum by (${targetLabels}) (rate(${metric}{${jobs}}[${window}]))`;
  return alert(settings, "ThanosQueryFailing", ({ threshold, window }) => ({
    expression: promql`
      (
        ${share("http_requests_total", jobs, 'code=~"5.."', window)}
          or ${share("grpc_client_handled_total", `job="${thanosQuery.job}"`, `grpc_code=~"${broken}"`, window)}
      ) > ${threshold}`,
    summary: "{{ $labels.job }} fails {{ $value | humanizePercentage }} of its requests",
    description: `{{ $labels.job }} on {{ $labels.instance }} failed {{ $value | humanizePercentage }} of its requests in the last ${window}, or of those to Prometheus and the store gateways, above the threshold of ${percent(threshold)}. Dashboards show errors or gaps. Alerts are not affected: Prometheus evaluates them on its own samples.`,
    ...common,
  }));
}

function bucketFailing(settings: Settings): AlertingRule[] {
  const jobs = thanosProducts.map(({ job }) => job).join("|");
  const operations = (metric: string, window: string) =>
    `sum by (${targetLabels}, operation) (rate(${metric}{job=~"${jobs}"}[${window}]))`;
  return alert(settings, "ThanosBucketFailing", ({ threshold, window }) => ({
    expression: promql`
      ${valid(operations("thanos_objstore_bucket_operation_failures_total", window))}
        / ${operations("thanos_objstore_bucket_operations_total", window)} > ${threshold}`,
    summary: "{{ $labels.job }} cannot reach the bucket: {{ $labels.operation }}",
    description: `{{ $value | humanizePercentage }} of the bucket operations {{ $labels.operation }} of {{ $labels.job }} on {{ $labels.instance }} failed in the last ${window}, above the threshold of ${percent(threshold)}. Metrics older than those on the volume of Prometheus may be missing in dashboards, and uploads or compaction may be delayed.`,
    ...common,
  }));
}

/** Also covers a compactor that restarts or retries again and again, such as one with a full volume. */
function compactionStalled(settings: Settings): AlertingRule[] {
  return alert(settings, "ThanosCompactionStalled", ({ window }) => ({
    expression: promql`
      sum by (${targetLabels}) (increase(thanos_compact_iterations_total{${compactor}}[${window}])) == 0
        and sum by (${targetLabels}) (thanos_compact_iterations_total{${compactor}} offset ${window})`,
    summary: `The compactor has finished no iteration for ${window}`,
    description: `The compactor on {{ $labels.instance }} finished {{ $value | printf "%.0f" }} iterations in the last ${window}. Either one takes longer than that, or all of them fail. Until one succeeds, expired blocks are not deleted.`,
    ...common,
  }));
}
