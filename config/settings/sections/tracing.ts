import { z } from "zod";
import { jaeger, jaegerPorts } from "../../products/jaeger/product.ts";
import { isHostAndPort } from "../hosts.ts";
import { tls } from "../tls.ts";
import {
  baseUrl,
  checkedText,
  duration,
  limits,
  name,
  plainText,
  port,
  quantity,
  replicas,
  wrongType,
} from "../units.ts";
import { urlProblem } from "../urls.ts";

export const traceStores = ["badger", "opensearch", "elasticsearch", "cassandra"] as const;

/** A share of traces. */
const share = z.number().min(0).max(1);

const serverExample = 'use a URL such as "https://opensearch.internal:9200", or host and port for cassandra';

const server = checkedText(
  (written) =>
    isHostAndPort(written) || urlProblem(written) === undefined ? undefined : `is not valid; ${serverExample}`,
  `is not valid; ${serverExample}`,
);

/** Database for traces, if they are not on a volume. */
const store = z.strictObject({
  servers: z
    .array(server, { error: wrongType("a list", '["https://opensearch.internal:9200"]') })
    .min(1)
    .describe("URLs of OpenSearch or Elasticsearch, or host:port of Cassandra."),
  username: plainText.optional().describe("User. The password is the secret traceStorePassword."),
  tls: tls.prefault({}).describe("Verification of the server's certificate. Cassandra uses TLS only if ca is set."),
  indexPrefix: name.default("white-room").describe("OpenSearch and Elasticsearch: prefix of the indices."),
  keyspace: plainText
    .default("white_room_traces")
    .describe("Cassandra: keyspace, which Jaeger creates if the user may do so."),
  datacenter: plainText.default("dc1").describe("Cassandra: datacenter of the keyspace's replicas."),
});

/** Traces, stored by Jaeger. */
export const tracing = z
  .strictObject({
    enabled: z.boolean().default(false).describe("Enables traces: Jaeger, its data source, dashboard and alerts."),
    url: baseUrl
      .optional()
      .describe(
        "URL at which users reach Jaeger's UI, such as https://host.example.com/jaeger. Defaults to the published port.",
      ),
    retention: duration({ min: "1h", max: "1y" }).default("7d").describe("Retention period of traces."),
    volumeSize: quantity
      .default("10Gi")
      .describe("Size of the volume of storage badger. Must be enough for retention and expectedSpansPerSecond."),
    expectedSpansPerSecond: z
      .number()
      .min(0.1)
      .max(100_000)
      .default(10)
      .describe("Stored spans per second that volumeSize must be enough for, on average over the retention."),
    storage: z
      .enum(traceStores)
      .default("badger")
      .describe("Where traces are stored: badger is a volume of a single Jaeger; all others are databases, see store."),
    store: store.optional().describe("Connection to the database. Required unless storage is badger."),
    replicas: replicas.describe("Number of Jaeger replicas. More than 1 requires Kubernetes and a database."),
    sampling: z
      .strictObject({
        default: share
          .default(1)
          .describe("Share of traces that applications with remote sampling start, from 0 to 1."),
        services: z.record(name, share).default({}).describe("The same for individual services, by service name."),
        kept: share
          .default(1)
          .describe("Share of complete traces that are stored. Traces with an error or a slow request always are."),
        slowerThan: duration({ min: "1ms", max: "10m" }).default("1s").describe("Duration of slow traces."),
        decisionWait: duration({ min: "1s", max: "5m" })
          .default("10s")
          .describe("Time to wait for the spans of a trace before deciding whether it is stored."),
      })
      .prefault({})
      .describe("Which traces are started and stored. Metrics are derived from all spans that arrive."),
    ports: z
      .strictObject({
        ui: port.default(jaeger.port).describe("Published port of Jaeger's UI and API."),
        otlpGrpc: port.default(jaegerPorts.otlpGrpc).describe("Published port for spans by OTLP/gRPC."),
        otlpHttp: port.default(jaegerPorts.otlpHttp).describe("Published port for spans by OTLP/HTTP."),
        zipkin: port.default(jaegerPorts.zipkin).describe("Published port for spans in Zipkin's formats."),
        jaegerGrpc: port
          .default(jaegerPorts.jaegerGrpc)
          .describe("Published port for spans by Jaeger's gRPC protocol."),
        jaegerThrift: port
          .default(jaegerPorts.jaegerThrift)
          .describe("Published port for spans by Jaeger's Thrift over HTTP."),
        sampling: port.default(jaegerPorts.sampling).describe("Published port where applications read their sampling."),
      })
      .prefault({}),
    limits: limits("1Gi", 1),
  })
  .prefault({});
