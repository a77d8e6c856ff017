import type { Product } from "../product.ts";

/** Ports inside the stack. The published ports are settings. */
export const jaegerPorts = {
  otlpGrpc: 4317,
  otlpHttp: 4318,
  zipkin: 9411,
  jaegerGrpc: 14_250,
  jaegerThrift: 14_268,
  sampling: 5778,
  health: 13_133,
  metrics: 8888,
  spanMetrics: 8889,
} as const;

/** Ports that receive spans from applications, and that tell them how many to sample. */
export const spanPorts = ["otlpGrpc", "otlpHttp", "zipkin", "jaegerGrpc", "jaegerThrift", "sampling"] as const;
export type SpanPort = (typeof spanPorts)[number];

/** Names of these ports. Kubernetes allows 15 characters. */
export const spanPortNames = {
  otlpGrpc: "otlp-grpc",
  otlpHttp: "otlp-http",
  zipkin: "zipkin",
  jaegerGrpc: "jaeger-grpc",
  jaegerThrift: "jaeger-thrift",
  sampling: "sampling",
} as const satisfies Record<SpanPort, string>;

/** Stores traces, derives metrics from their spans, and serves them. `port` is that of its UI and API. */
export const jaeger = {
  workload: "jaeger",
  image: "jaeger",
  program: "/cmd/jaeger/jaeger-linux",
  configDirectory: "/etc/jaeger/config",
  samplingDirectory: "/etc/jaeger/sampling",
  // The only directory of the image that its user may write to, and so the only one where a new Docker volume belongs to it.
  dataDirectory: "/tmp",
  port: 16_686,
  // The path of its health server, which has no TLS.
  probe: { path: "/status", by: "wget" },
  user: "10001:10001",
  secretFiles: {
    secrets: { directory: "/etc/jaeger/secrets", keys: ["traceStorePassword"], read: "at start" },
  },
  job: "jaeger",
  tls: {
    // Its config file enables TLS.
    args: [],
  },
  readsTls: "at start",
} as const satisfies Product & Record<string, unknown>;
