import type { Settings } from "../../settings/schema.ts";
import { jaeger, jaegerPorts } from "../jaeger/product.ts";
import { type AlloyBlock, Reference } from "./alloy-syntax.ts";
import { collectorDataDirectory } from "./collector.ts";
import type { CollectorPlaces } from "./pipeline.ts";
import { backoff } from "./pipeline.ts";
import { collectsSpans } from "./spans.ts";

/** Spans queued on disk while Jaeger is down: 500 per second for half an hour. */
const queueSize = 1_000_000;

/** Maximum size of an attribute in bytes. Badger indexes attributes, and rejects spans with one of 65,000 bytes or more. */
const longestAttribute = 8192;

/** Spans in a batch. */
const batchSize = 1024;

/** Retry interval, and how long a batch is retried: as long as logs. */
const retries = { first: backoff.minimum, longest: backoff.maximum, total: "50m" } as const;

/**
 * Receives spans from applications over OTLP, adds their origin, and forwards them to Jaeger. While Jaeger is down, they are
 * queued on disk and survive a restart. Jaeger does the sampling, because it sees all spans of a trace.
 */
export function spanBlocks(settings: Settings, places: CollectorPlaces): AlloyBlock[] {
  if (!collectsSpans(settings)) return [];
  const host = places.listenAddress ?? "";
  const to = (component: string) => ({ traces: [new Reference(`otelcol.${component}.spans.input`)] });
  const next = (component: string): AlloyBlock => ({ name: "output", attributes: to(component) });
  const discoversPods = settings.logs.sources.pods.enabled;
  return [
    {
      name: "otelcol.receiver.otlp",
      label: "spans",
      blocks: [
        {
          name: "grpc",
          attributes: { endpoint: `${host}:${places.otlpGrpcPort ?? jaegerPorts.otlpGrpc}`, max_recv_msg_size: "4MiB" },
        },
        {
          name: "http",
          attributes: {
            endpoint: `${host}:${places.otlpHttpPort ?? jaegerPorts.otlpHttp}`,
            max_request_body_size: "4MiB",
          },
        },
        next("processor.memory_limiter"),
      ],
    },
    {
      name: "otelcol.processor.memory_limiter",
      label: "spans",
      attributes: {
        check_interval: "1s",
        // Share of the container's memory limit; logs need the other half. Spans beyond it are rejected, and senders retry.
        limit_percentage: 50,
        spike_limit_percentage: 10,
      },
      blocks: [next(discoversPods ? "processor.k8sattributes" : "processor.attributes")],
    },
    ...(discoversPods ? [podAttributes(next("processor.attributes"))] : []),
    {
      name: "otelcol.processor.attributes",
      label: "spans",
      blocks: [
        ...Object.entries({ cluster: settings.cluster, env: settings.environment }).map(([key, value]) => ({
          name: "action",
          attributes: { key, value, action: "upsert" },
        })),
        next("processor.transform"),
      ],
    },
    {
      name: "otelcol.processor.transform",
      label: "spans",
      blocks: [truncated("resource"), truncated("span"), truncated("spanevent"), next("exporter.otlp")],
    },
    {
      name: "otelcol.storage.file",
      label: "spans",
      attributes: { directory: `${places.dataDirectory ?? collectorDataDirectory}/spans`, create_directory: true },
    },
    {
      name: "otelcol.exporter.otlp",
      label: "spans",
      blocks: [
        {
          name: "client",
          attributes: { endpoint: places.spansAddress ?? `${jaeger.workload}:${jaegerPorts.otlpGrpc}` },
          blocks: [{ name: "tls", attributes: { insecure: true } }],
        },
        {
          name: "sending_queue",
          attributes: {
            sizer: "items",
            queue_size: queueSize,
            storage: new Reference("otelcol.storage.file.spans.handler"),
          },
          // Not a batch processor, which accepts spans before it knows that the queue is full, and loses them.
          blocks: [
            {
              name: "batch",
              attributes: { flush_timeout: "1s", min_size: batchSize, max_size: batchSize, sizer: "items" },
            },
          ],
        },
        {
          name: "retry_on_failure",
          attributes: {
            initial_interval: retries.first,
            max_interval: retries.longest,
            max_elapsed_time: retries.total,
          },
        },
      ],
    },
  ];
}

function truncated(context: "resource" | "span" | "spanevent"): AlloyBlock {
  const statements = [`truncate_all(${context}.attributes, ${longestAttribute})`];
  return { name: "trace_statements", attributes: { context, statements } };
}

/** Adds names of the pod that sent a span, found by its address. */
function podAttributes(output: AlloyBlock): AlloyBlock {
  return {
    name: "otelcol.processor.k8sattributes",
    label: "spans",
    blocks: [
      { name: "filter", attributes: { node: new Reference('sys.env("NODE_NAME")') } },
      {
        name: "extract",
        attributes: { metadata: ["k8s.namespace.name", "k8s.pod.name", "k8s.node.name"] },
      },
      { name: "pod_association", blocks: [{ name: "source", attributes: { from: "connection" } }] },
      output,
    ],
  };
}
