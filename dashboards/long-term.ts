import { bucketFailures, requestFailures, storeFailures } from "../config/alerts/long-term.ts";
import { type LongTermSettings, longTermOf } from "../config/products/thanos/long-term.ts";
import {
  thanosCompactor,
  thanosQuery,
  thanosQueryFrontend,
  thanosSidecar,
  thanosStore,
} from "../config/products/thanos/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { seconds } from "../config/settings/units.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { instant, mayBeEmpty, range } from "./lib/query.ts";
import { chosenInstance } from "./lib/selectors.ts";
import { anyIs, bad, good } from "./lib/thresholds.ts";
import { cluster, instance, prometheusSource, service } from "./lib/variables.ts";
import { stat, timeSeries } from "./lib/visualizations.ts";

/** Metrics in object storage: uploads, compaction and queries. */
export function longTerm(settings: Settings): Dashboard {
  return {
    name: "longTerm",
    title: "Long-term storage",
    description: "Thanos: uploads of blocks, compaction in the bucket, and queries on it.",
    from: "now-24h",
    variables: [prometheusSource, cluster, service(), instance()],
    annotations: annotations(settings),
    rows: [bucket(settings), compaction, queries],
  };
}

const of = (job: string) => `${chosenInstance}, job="${job}"`;
const sidecar = of(thanosSidecar.job);
const compactor = of(thanosCompactor.job);
const store = of(thanosStore.job);
const frontend = of(thanosQueryFrontend.job);
const matchers = `, ${chosenInstance}`;

const noUpload = "No block has been uploaded in this time range.";
const noQuery = "No query in this time range.";
const noFailure = "No failures in this time range.";

const bucketPanels = [
  stat({
    title: "Since the last upload",
    description: "Time since each sidecar last uploaded a block. Prometheus writes one every two hours.",
    unit: "s",
    width: 6,
    alerts: ["ThanosUploadsStale"],
    queries: [
      mayBeEmpty(
        noUpload,
        instant(
          `time() - (max by (instance) (thanos_objstore_bucket_last_successful_upload_time{${sidecar}}) > 0)`,
          "{{instance}}",
        ),
      ),
    ],
  }),
  timeSeries(
    {
      title: "Uploads",
      description: "Blocks that the sidecars uploaded, and uploads that failed and are repeated.",
      unit: "short",
      decimals: 0,
      min: 0,
      width: 9,
      queries: [
        range(`sum(increase(thanos_shipper_uploads_total{${sidecar}}[$__rate_interval]))`, "uploaded"),
        range(`sum(increase(thanos_shipper_upload_failures_total{${sidecar}}[$__rate_interval]))`, "failed"),
      ],
    },
    "bars",
  ),
  timeSeries({
    title: "Bucket failures",
    description: "Share of operations on the bucket that failed in the last 15 minutes, by component and operation.",
    unit: "percentunit",
    min: 0,
    width: 9,
    thresholds: { fires: "above", alerts: ["ThanosBucketFailing"] },
    alerts: ["ThanosBucketFailing"],
    queries: [
      mayBeEmpty(
        noFailure,
        range(`max by (job, operation) (${bucketFailures("15m", matchers)})`, "{{job}} {{operation}}"),
      ),
    ],
  }),
  timeSeries({
    title: "Blocks by state",
    description: "Blocks that the compactor found in the bucket, by what it does with them.",
    unit: "short",
    decimals: 0,
    min: 0,
    width: 8,
    queries: [range(`max by (state) (thanos_blocks_meta_synced{${compactor}}) > 0`, "{{state}}")].map((query) =>
      mayBeEmpty("The bucket is empty.", query),
    ),
  }),
  timeSeries({
    title: "Blocks loaded",
    description: "Blocks that each store gateway serves.",
    unit: "short",
    decimals: 0,
    min: 0,
    width: 8,
    queries: [range(`max by (instance) (thanos_bucket_store_blocks_loaded{${store}})`, "{{instance}}")],
  }),
];

/** Bytes of downsampled blocks for each byte of raw samples every 15 s: docs/benchmarks.md. */
const downsampled = { fiveMinutes: 0.2, oneHour: 0.02 } as const;

/** Period that stands for "forever" in estimates. */
const forever = "10y";

/** Size of the bucket in bytes when every retention period has passed, at the rate of uploads in the chosen range. */
function expectedSize({ metrics }: Settings, { retention }: LongTermSettings): string {
  const days = (period: string) => seconds(period === "forever" ? forever : period) / 86_400;
  const perRaw = seconds(metrics.scrapeInterval) / 15;
  const { fiveMinutes, oneHour } = downsampled;
  const kept =
    days(retention.raw) + perRaw * (fiveMinutes * days(retention.fiveMinutes) + oneHour * days(retention.oneHour));
  const uploaded = `thanos_objstore_bucket_operation_transferred_bytes_sum{${sidecar}, operation="upload"}`;
  return `sum(rate(${uploaded}[$__range])) * 86400 * ${Math.round(kept)}`;
}

function bucket(settings: Settings): Row {
  const longTerm = longTermOf(settings);
  const price = longTerm?.objectStorage.pricePerGB;
  const size = longTerm === undefined ? "" : expectedSize(settings, longTerm);
  const basis = `the uploads in the selected time range and metrics.longTerm.retention${Object.values(longTerm?.retention ?? {}).includes("forever") ? `, with ${forever} for "forever"` : ""}`;
  return {
    title: "Bucket",
    panels: [
      ...bucketPanels,
      stat({
        title: "Bucket size",
        description: `Expected size once every retention period has passed, from ${basis}. Thanos has no metric of the current size; \`thanos tools bucket inspect\` lists it by block.`,
        unit: "decbytes",
        width: price === undefined ? 8 : 4,
        queries: [instant(size, "expected")],
      }),
      ...(price === undefined
        ? []
        : [
            stat({
              title: "Cost per month",
              description: `Of that size, from the uploads in the selected time range, at metrics.longTerm.objectStorage.pricePerGB ${price}. Requests and traffic are not included.`,
              unit: "short",
              width: 4,
              queries: [instant(`${size} / 1e9 * ${price}`, "expected")],
            }),
          ]),
    ],
  };
}

const todo = (what: string) => `max(thanos_compact_todo_${what}{${compactor}})`;

const compaction: Row = {
  title: "Compaction",
  panels: [
    stat({
      title: "Compactor",
      description: "Whether the compactor has halted at blocks that it cannot compact.",
      unit: "short",
      width: 4,
      thresholds: anyIs(bad),
      mappings: { 0: { text: "works", color: good }, 1: { text: "halted", color: bad } },
      alerts: ["ThanosCompactorHalted"],
      queries: [instant(`max(thanos_compact_halted{${compactor}})`, "halted")],
    }),
    stat({
      title: "Compactors running",
      description: "There must be only one on a bucket.",
      unit: "short",
      decimals: 0,
      width: 4,
      thresholds: [
        { value: null, color: good },
        { value: 2, color: bad },
      ],
      alerts: ["ThanosMultipleCompactors"],
      queries: [instant(`count(up{${compactor}} == 1) or vector(0)`, "running")],
    }),
    timeSeries(
      {
        title: "Iterations and retries",
        description: "Completed passes over the bucket, and attempts that failed and were repeated.",
        unit: "short",
        decimals: 0,
        min: 0,
        width: 8,
        alerts: ["ThanosCompactionStalled"],
        queries: [
          range(`sum(increase(thanos_compact_iterations_total{${compactor}}[$__rate_interval]))`, "completed"),
          range(`sum(increase(thanos_compact_retries_total{${compactor}}[$__rate_interval]))`, "retried"),
        ],
      },
      "bars",
    ),
    timeSeries({
      title: "Compaction backlog",
      description: "Work that the compactor has not done yet. It must return to zero.",
      unit: "short",
      decimals: 0,
      min: 0,
      width: 8,
      queries: [
        range(todo("compactions"), "compactions"),
        range(todo("downsample_blocks"), "blocks to downsample"),
        range(todo("deletion_blocks"), "expired blocks"),
      ],
    }),
  ],
};

const p95 = (histogram: string, job: string) =>
  `histogram_quantile(0.95, sum by (le) (rate(${histogram}_bucket{${job}}[$__rate_interval])))`;
const hits = (found: string, all: string, selector: string) =>
  `sum(rate(${found}{${selector}}[$__rate_interval])) / (sum(rate(${all}{${selector}}[$__rate_interval])) > 0)`;

const queries: Row = {
  title: "Queries",
  panels: [
    timeSeries({
      title: "Query failures",
      description:
        "Share of requests that failed in Query and its frontend in the last 5 minutes, and of Query's requests to sidecars and store gateways.",
      unit: "percentunit",
      min: 0,
      width: 8,
      thresholds: { fires: "above", alerts: ["ThanosQueryFailing"] },
      alerts: ["ThanosQueryFailing"],
      queries: [
        mayBeEmpty(noFailure, range(`max by (job) (${requestFailures("5m", matchers)})`, "{{job}}")),
        mayBeEmpty(noFailure, range(`max(${storeFailures("5m", matchers)})`, "to stores")),
      ],
    }),
    timeSeries({
      title: "Query duration (P95)",
      description: "95 % of the requests to Query and its frontend were faster.",
      unit: "s",
      min: 0,
      width: 8,
      queries: [
        mayBeEmpty(noQuery, range(p95("http_request_duration_seconds", frontend), "frontend")),
        mayBeEmpty(noQuery, range(p95("http_request_duration_seconds", of(thanosQuery.job)), "query")),
      ],
    }),
    timeSeries({
      title: "Cache hits",
      description:
        "Share of lookups that the response cache of the frontend and the index caches of the stores answered.",
      unit: "percentunit",
      min: 0,
      max: 1,
      width: 8,
      queries: [
        mayBeEmpty(
          noQuery,
          range(hits("cortex_cache_hits_total", "cortex_cache_fetched_keys_total", frontend), "responses"),
        ),
        mayBeEmpty(
          noQuery,
          range(hits("thanos_store_index_cache_hits_total", "thanos_store_index_cache_requests_total", store), "index"),
        ),
      ],
    }),
    timeSeries({
      title: "Query fan-out",
      description: "Requests per second of Query to sidecars and store gateways.",
      unit: "reqps",
      min: 0,
      width: 12,
      queries: [
        mayBeEmpty(
          noQuery,
          range(
            `sum by (grpc_method) (rate(grpc_client_handled_total{${of(thanosQuery.job)}, grpc_service="thanos.Store"}[$__rate_interval]))`,
            "{{grpc_method}}",
          ),
        ),
      ],
    }),
    timeSeries({
      title: "Bytes read by stores",
      description: "Bytes per second that the store gateways read from the bucket and their caches, by type of data.",
      unit: "Bps",
      min: 0,
      width: 12,
      queries: [
        mayBeEmpty(
          noQuery,
          range(
            `sum by (data_type) (rate(thanos_bucket_store_series_data_size_fetched_bytes_sum{${store}}[$__rate_interval]))`,
            "{{data_type}}",
          ),
        ),
      ],
    }),
  ],
};
