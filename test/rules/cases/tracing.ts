import { bytes } from "../../../config/settings/units.ts";
import { type Case, of, own } from "../case.ts";

const jaeger = own("jaeger", "jaeger:8888");
const alloy = own("collector", "alloy:12345");
const high = { severity: "high", priority: "P1", team: "platform" } as const;
const dashboard = "white-room-traces";

const refused = of(jaeger, "otelcol_receiver_refused_spans_total", { receiver: "otlp", transport: "grpc" });
const notStored = of(jaeger, "otelcol_exporter_send_failed_spans_total", { exporter: "jaeger_storage_exporter" });
const queueFull = of(alloy, "otelcol_exporter_enqueue_failed_spans_total", { exporter: "otlp" });

/** Bytes in use, as a share of the default volume. */
const used = (what: "lsm" | "vlog") => of(jaeger, `jaeger_storage_badger_size_bytes_${what}`);
const share = (ratio: number) => Math.round(bytes("10Gi") * ratio);

const losing = (target: typeof jaeger | typeof alloy, reason: string, rate: string) => ({
  labels: { ...target, ...high, reason },
  summary: `Spans are dropped: ${reason}`,
  description: `${target.job} on ${target.instance} loses ${rate} spans per second (${reason}), on average over the last 5m. Senders retry refused spans, and those that do not fit into the queue, for a while; all others are lost, and traces are incomplete.`,
  dashboard,
});

export const tracing: readonly Case[] = [
  {
    alert: "SpansDropped",
    proves: "fires",
    name: "Jaeger refuses spans, cannot store others, and the collector's queue is full",
    series: { [refused]: "0+30x60", [notStored]: "0+15x60", [queueFull]: "0+3x60" },
    checks: [
      { at: "4m", firing: [] },
      {
        at: "12m",
        firing: [
          losing(alloy, "queue full", "0.2"),
          losing(jaeger, "not stored", "1.0"),
          losing(jaeger, "refused", "2.0"),
        ],
      },
    ],
  },
  {
    alert: "SpansDropped",
    proves: "comes close and stays silent",
    name: "a single batch is refused while Jaeger starts",
    series: { [refused]: "0x4 100x60", [notStored]: "50x64" },
    checks: [
      { at: "4m", firing: [] },
      { at: "14m", firing: [] },
    ],
  },
  {
    alert: "SpansDropped",
    proves: "counter reset",
    name: "Jaeger restarts and counts from zero",
    series: { [refused]: "500x20 0x60" },
    checks: [{ at: "14m", firing: [] }],
  },
  {
    alert: "TraceStorageFilling",
    proves: "fires",
    name: "three quarters of the volume are in use",
    series: { [used("lsm")]: `${share(0.05)}x60`, [used("vlog")]: `${share(0.7)}x60` },
    checks: [
      { at: "9m", firing: [] },
      {
        at: "11m",
        firing: [
          {
            labels: { ...jaeger, ...high },
            summary: "Traces use 75% of their volume",
            description:
              "Traces on jaeger:8888 use 75% of tracing.volumeSize, 10Gi, above the threshold of 70 %. When the volume is full, no span is stored, and Jaeger does not recover without more space.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "TraceStorageFilling",
    proves: "comes close and stays silent",
    name: "69 % are in use",
    series: { [used("lsm")]: `${share(0.09)}x60`, [used("vlog")]: `${share(0.6)}x60` },
    checks: [{ at: "14m", firing: [] }],
  },
];
