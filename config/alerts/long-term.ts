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
        "The compactor on {{ $labels.instance }} found blocks that it cannot compact, and stopped until someone repairs the bucket. Until then nothing is compacted, downsampled or deleted: queries of long ranges get slower, and the bucket grows.",
      ...common,
    })),
    ...uploadsStale(settings),
    ...queryFailing(settings),
    ...bucketFailing(settings),
    ...compactionStalled(settings),
    ...alert(settings, "ThanosMultipleCompactors", () => ({
      expression: `count by (service, cluster, env) (up{${compactor}} == 1) > 1`,
      summary: "Several compactors run on one bucket",
      description: `{{ $value | printf "%.0f" }} compactors run at the same time. They compact the same blocks, and halt on the overlapping results.`,
      ...common,
    })),
  ];
}

/**
 * A sidecar that has just started reports no upload yet, and a new Prometheus has no block yet, so both must have been up for
 * the whole window.
 */
function uploadsStale(settings: Settings): AlertingRule[] {
  const upload = `thanos_objstore_bucket_last_successful_upload_time{${sidecar}}`;
  return alert(settings, "ThanosUploadsStale", ({ window }) => ({
    expression: promql`
      time() - max by (${targetLabels}) (max_over_time(${upload}[${window}])) > ${seconds(window)}
        and max by (${targetLabels}) (${upload} offset ${window})
        and on (cluster, env)
          min by (cluster, env) (min_over_time(prometheus_tsdb_blocks_loaded{job="${prometheus.job}"}[${window}])) > 0`,
    summary: "{{ $labels.instance }} uploads no metrics",
    description: `{{ $labels.instance }} has uploaded no block for more than ${window}{{ if lt $value 1e9 }} ({{ $value | humanizeDuration }}){{ end }}, although Prometheus has written some. Nothing is lost yet: blocks stay on the volume of Prometheus until metrics.retentionTime or metrics.retentionSize is reached.`,
    ...common,
  }));
}

/** gRPC codes that a store or the network causes: a user who closes a dashboard cancels its queries. */
const broken = "Aborted|Unknown|ResourceExhausted|Internal|Unavailable|DataLoss|DeadlineExceeded";

/** Share of requests that Query and its frontend failed. Status 422 also stands for invalid queries, so it does not count. */
export function requestFailures(window: string, matchers = ""): string {
  const jobs = `job=~"${thanosQuery.job}|${thanosQueryFrontend.job}"${matchers}`;
  return share("http_requests_total", jobs, 'code=~"5.."', window);
}

/**
 * Share of Query's requests to sidecars and store gateways that failed. It answers these queries with status 200 and a warning.
 */
export function storeFailures(window: string, matchers = ""): string {
  const stores = `job="${thanosQuery.job}", grpc_service="thanos.Store"${matchers}`;
  return share("grpc_client_handled_total", stores, `grpc_code=~"${broken}"`, window);
}

function share(metric: string, all: string, failed: string, window: string): string {
  return promql`
    ${valid(`sum by (${targetLabels}) (rate(${metric}{${all}, ${failed}}[${window}]))`)}
      / sum by (${targetLabels}) (rate(${metric}{${all}}[${window}]))`;
}

function queryFailing(settings: Settings): AlertingRule[] {
  return alert(settings, "ThanosQueryFailing", ({ threshold, window }) => ({
    expression: promql`
      ${requestFailures(window)} > ${threshold}
        or ${storeFailures(window)} > ${threshold}`,
    summary: "{{ $labels.job }} fails {{ $value | humanizePercentage }} of its requests",
    description: `{{ $labels.job }} on {{ $labels.instance }} failed {{ $value | humanizePercentage }} of its requests in the last ${window}, or of those to sidecars and store gateways, above the threshold of ${percent(threshold)}. Dashboards show errors or gaps. Alerts are not affected: Prometheus evaluates them on its own samples.`,
    ...common,
  }));
}

/** Share of failed operations on the bucket, of every part and operation. */
export function bucketFailures(window: string, matchers = ""): string {
  const jobs = thanosProducts.map(({ job }) => job).join("|");
  const operations = (metric: string) =>
    `sum by (${targetLabels}, operation) (rate(${metric}{job=~"${jobs}"${matchers}}[${window}]))`;
  return promql`
    ${valid(operations("thanos_objstore_bucket_operation_failures_total"))}
      / ${operations("thanos_objstore_bucket_operations_total")}`;
}

function bucketFailing(settings: Settings): AlertingRule[] {
  return alert(settings, "ThanosBucketFailing", ({ threshold, window }) => ({
    expression: promql`${bucketFailures(window)} > ${threshold}`,
    summary: "{{ $labels.job }} cannot use the bucket: {{ $labels.operation }}",
    description: `{{ $value | humanizePercentage }} of the bucket operations {{ $labels.operation }} of {{ $labels.job }} on {{ $labels.instance }} failed in the last ${window}, above the threshold of ${percent(threshold)}. Metrics older than those on the volume of Prometheus may be missing in dashboards, and uploads or compaction may be delayed.`,
    ...common,
  }));
}

/** Covers a compactor that exits at a corrupt block and restarts, and one that retries forever, such as with a full volume. */
function compactionStalled(settings: Settings): AlertingRule[] {
  return alert(settings, "ThanosCompactionStalled", ({ window }) => ({
    expression: promql`
      sum by (${targetLabels}) (increase(thanos_compact_iterations_total{${compactor}}[${window}])) == 0
        and max by (${targetLabels}) (up{${compactor}} offset ${window})`,
    summary: `The compactor has finished no iteration for ${window}`,
    description: `The compactor on {{ $labels.instance }} finished {{ $value | printf "%.0f" }} iterations in the last ${window}. Either one takes longer than that, or all of them fail. Until one succeeds, expired blocks are not deleted.`,
    ...common,
  }));
}
