import { type Case, of, own } from "../case.ts";

const sidecar = own("thanos-sidecar", "thanos-sidecar:10902");
const query = own("thanos-query", "thanos-query:10902");
const frontend = own("thanos-query-frontend", "thanos-query-frontend:10902");
const compactor = own("thanos-compactor", "thanos-compactor:10902");
const second = own("thanos-compactor", "thanos-compactor-old:10902");
const prometheus = own("prometheus", "localhost:9090");
const high = { severity: "high", priority: "P1", team: "platform" } as const;
const medium = { severity: "medium", priority: "P2", team: "platform" } as const;
const dashboard = "white-room-long-term";

const halted = of(compactor, "thanos_compact_halted");
const iterations = of(compactor, "thanos_compact_iterations_total");
const lastUpload = of(sidecar, "thanos_objstore_bucket_last_successful_upload_time", { bucket: "metrics" });
const blocks = of(prometheus, "prometheus_tsdb_blocks_loaded");
const answered = (code: string) => of(frontend, "http_requests_total", { code, handler: "query-frontend" });
const called = (code: string, service = "thanos.Store") =>
  of(query, "grpc_client_handled_total", { grpc_code: code, grpc_service: service });
const uploads = (what: "operations" | "operation_failures") =>
  of(sidecar, `thanos_objstore_bucket_${what}_total`, { bucket: "metrics", operation: "upload" });

const failing = (target: typeof query | typeof frontend, share: string) => ({
  labels: { ...target, ...high },
  summary: `${target.job} fails ${share} of its requests`,
  description: `${target.job} on ${target.instance} failed ${share} of its requests in the last 5m, or of those to sidecars and store gateways, above the threshold of 5 %. Dashboards show errors or gaps. Alerts are not affected: Prometheus evaluates them on its own samples.`,
  dashboard,
});

const stalled = {
  labels: { ...compactor, ...medium },
  summary: "The compactor has finished no iteration for 12h",
  description:
    "The compactor on thanos-compactor:10902 finished 0 iterations in the last 12h. Either one takes longer than that, or all of them fail. Until one succeeds, expired blocks are not deleted.",
  dashboard,
};

/** Thanos. */
export const longTerm: readonly Case[] = [
  {
    alert: "ThanosCompactorHalted",
    proves: "fires",
    name: "two blocks overlap",
    series: { [halted]: "0x8 1x60" },
    checks: [
      { at: "6m", firing: [] },
      {
        at: "8m",
        firing: [
          {
            labels: { ...compactor, ...high },
            summary: "The compactor has halted",
            description:
              "The compactor on thanos-compactor:10902 found blocks that it cannot compact, and stopped until someone repairs the bucket. Until then nothing is compacted, downsampled or deleted: queries of long ranges get slower, and the bucket grows.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ThanosCompactorHalted",
    proves: "comes close and stays silent",
    name: "the bucket is repaired within four minutes",
    series: { [halted]: "0x8 1x16 0x60" },
    checks: [
      { at: "6m", firing: [] },
      { at: "10m", firing: [] },
    ],
  },
  {
    alert: "ThanosUploadsStale",
    proves: "fires",
    name: "the last upload was at 10m",
    step: "4m",
    series: { [lastUpload]: "600x140", [blocks]: "3x140" },
    checks: [
      { at: "6h24m", firing: [] },
      {
        at: "6h40m",
        firing: [
          {
            labels: { ...sidecar, ...high },
            summary: "thanos-sidecar:10902 uploads no metrics",
            description:
              "thanos-sidecar:10902 has uploaded no block for more than 6h (6h 30m 0s), although Prometheus has written some. Nothing is lost yet: blocks stay on the volume of Prometheus until metrics.retentionTime or metrics.retentionSize is reached.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ThanosUploadsStale",
    proves: "comes close and stays silent",
    name: "the next block is uploaded after six hours",
    step: "4m",
    series: { [lastUpload]: "600x95 22000x80", [blocks]: "3x175" },
    checks: [
      { at: "6h20m", firing: [] },
      { at: "6h40m", firing: [] },
      { at: "8h", firing: [] },
    ],
  },
  {
    alert: "ThanosUploadsStale",
    proves: "comes close and stays silent",
    name: "Prometheus had no block six hours ago",
    step: "4m",
    series: { [lastUpload]: "0x140", [blocks]: "0x30 1x110" },
    checks: [{ at: "7h40m", firing: [] }],
  },
  {
    alert: "ThanosUploadsStale",
    proves: "comes close and stays silent",
    name: "the sidecar restarts and has uploaded nothing since",
    step: "4m",
    series: { [lastUpload]: "600x30 10000x30 0x80", [blocks]: "3x140" },
    checks: [{ at: "8h", firing: [] }],
  },
  {
    alert: "ThanosQueryFailing",
    proves: "fires",
    name: "the frontend cannot reach Query, and Query not the chunks of a store; health checks succeed",
    series: {
      [answered("200")]: "0+27x80",
      [answered("500")]: "0+3x80",
      [called("OK")]: "0+24x80",
      [called("Aborted")]: "0+4x80",
      [called("Unknown")]: "0+2x80",
      [called("OK", "thanos.info.Info")]: "0+600x80",
    },
    checks: [
      { at: "9m", firing: [] },
      { at: "12m", firing: [failing(query, "20%"), failing(frontend, "10%")] },
    ],
  },
  {
    alert: "ThanosQueryFailing",
    proves: "comes close and stays silent",
    name: "4 % fail; others are invalid or canceled",
    series: {
      [answered("200")]: "0+66x80",
      [answered("422")]: "0+30x80",
      [answered("500")]: "0+4x80",
      [called("OK")]: "0+66x80",
      [called("Canceled")]: "0+30x80",
      [called("Aborted")]: "0+4x80",
    },
    checks: [{ at: "15m", firing: [] }],
  },
  {
    alert: "ThanosQueryFailing",
    proves: "counter reset",
    name: "Query and its frontend restart and count from zero",
    series: {
      [answered("200")]: "5000x20 0+10x60",
      [answered("500")]: "500x20 0x60",
      [called("OK")]: "5000x20 0+10x60",
      [called("Aborted")]: "500x20 0x60",
    },
    checks: [{ at: "16m", firing: [] }],
  },
  {
    alert: "ThanosBucketFailing",
    proves: "fires",
    name: "every fourth upload fails",
    series: { [uploads("operations")]: "0+4x100", [uploads("operation_failures")]: "0+1x100" },
    checks: [
      { at: "14m", firing: [] },
      {
        at: "17m",
        firing: [
          {
            labels: { ...sidecar, ...medium, operation: "upload" },
            summary: "thanos-sidecar cannot use the bucket: upload",
            description:
              "25% of the bucket operations upload of thanos-sidecar on thanos-sidecar:10902 failed in the last 15m, above the threshold of 5 %. Metrics older than those on the volume of Prometheus may be missing in dashboards, and uploads or compaction may be delayed.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ThanosBucketFailing",
    proves: "comes close and stays silent",
    name: "4 % of the uploads fail",
    series: { [uploads("operations")]: "0+25x100", [uploads("operation_failures")]: "0+1x100" },
    checks: [{ at: "20m", firing: [] }],
  },
  {
    alert: "ThanosBucketFailing",
    proves: "counter reset",
    name: "the sidecar restarts and counts from zero",
    series: { [uploads("operations")]: "500x20 0+5x100", [uploads("operation_failures")]: "40x20 0x100" },
    checks: [{ at: "24m", firing: [] }],
  },
  {
    alert: "ThanosCompactionStalled",
    proves: "fires",
    name: "an iteration is retried for half a day",
    step: "4m",
    series: { [iterations]: "7x220", [of(compactor, "up")]: "1x220" },
    checks: [
      { at: "12h8m", firing: [] },
      { at: "12h30m", firing: [stalled] },
    ],
  },
  {
    alert: "ThanosCompactionStalled",
    proves: "fires",
    name: "the compactor exits at a corrupt block whenever it restarts",
    step: "4m",
    series: { [iterations]: "0 _ ".repeat(110).trim(), [of(compactor, "up")]: "1 0 ".repeat(110).trim() },
    checks: [
      { at: "12h8m", firing: [] },
      { at: "12h30m", firing: [stalled] },
    ],
  },
  {
    alert: "ThanosCompactionStalled",
    proves: "comes close and stays silent",
    name: "an iteration takes ten hours",
    step: "4m",
    series: { [iterations]: "7x150 8x120", [of(compactor, "up")]: "1x270" },
    checks: [
      { at: "12h30m", firing: [] },
      { at: "17h", firing: [] },
    ],
  },
  {
    alert: "ThanosCompactionStalled",
    proves: "counter reset",
    name: "the compactor restarts and finishes its first iteration",
    step: "4m",
    series: { [iterations]: "9x100 0x20 1x120", [of(compactor, "up")]: "1x240" },
    checks: [{ at: "13h", firing: [] }],
  },
  {
    alert: "ThanosMultipleCompactors",
    proves: "fires",
    name: "an old compactor still runs",
    series: { [of(compactor, "up")]: "1x60", [of(second, "up")]: "0x4 1x60" },
    checks: [
      { at: "5m", firing: [] },
      {
        at: "8m",
        firing: [
          {
            labels: { service: "monitoring", cluster: "studio", env: "test", ...high },
            summary: "Several compactors run on one bucket",
            description:
              "2 compactors run at the same time. They compact the same blocks, and halt on the overlapping results.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "ThanosMultipleCompactors",
    proves: "comes close and stays silent",
    name: "an update replaces the compactor, and the old one stops after two minutes",
    series: { [of(compactor, "up")]: "1x60", [of(second, "up")]: "1x8 0x60" },
    checks: [
      { at: "1m", firing: [] },
      { at: "8m", firing: [] },
    ],
  },
];
