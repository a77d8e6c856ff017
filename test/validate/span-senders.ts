import { connect, type IncomingHttpHeaders } from "node:http2";
import protobuf from "protobufjs";

/** A span to send, without what differs between protocols. */
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** Start, in milliseconds since the epoch. Defaults to now. OTLP only. */
  readonly start?: number;
  /** Defaults to 5 ms. */
  readonly milliseconds?: number;
  readonly failed?: boolean;
  readonly attributes?: Attributes;
}

type Attributes = Readonly<Record<string, string>>;

/** OTLP's request as JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding */
export function otlpRequest(service: string, spans: readonly SentSpan[], resource: Attributes = {}) {
  const attributes = (all: Attributes) =>
    Object.entries(all).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const now = Date.now();
  const nanoseconds = (milliseconds: number) => String(BigInt(Math.round(milliseconds * 1000)) * 1000n);
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ "service.name": service, ...resource }) },
        scopeSpans: [
          {
            spans: spans.map(({ start = now, milliseconds = 5, ...span }) => ({
              traceId: span.traceId,
              spanId: span.spanId,
              ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
              name: span.name,
              // SERVER, so the span's duration is that of a request.
              kind: 2,
              startTimeUnixNano: nanoseconds(start),
              endTimeUnixNano: nanoseconds(start + milliseconds),
              attributes: attributes(span.attributes ?? {}),
              ...(span.failed && { status: { code: 2 } }),
            })),
          },
        ],
      },
    ],
  };
}

/** The parts of OTLP's messages that {@link otlpRequest} uses: https://github.com/open-telemetry/opentelemetry-proto */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Value { string stringValue = 1; }
  message Attribute { string key = 1; Value value = 2; }
  message Status { int32 code = 3; }
  message Span {
    bytes traceId = 1; bytes spanId = 2; bytes parentSpanId = 4; string name = 5; int32 kind = 6;
    fixed64 startTimeUnixNano = 7; fixed64 endTimeUnixNano = 8; repeated Attribute attributes = 9; Status status = 15;
  }
  message Resource { repeated Attribute attributes = 1; }
  message ScopeSpans { repeated Span spans = 2; }
  message ResourceSpans { Resource resource = 1; repeated ScopeSpans scopeSpans = 2; }
  message Request { repeated ResourceSpans resourceSpans = 1; }
`);
const requestType = root.lookupType("Request");

/** The same as bytes, for gRPC. */
export function otlpBytes(service: string, spans: readonly SentSpan[], resource?: Attributes): Uint8Array {
  // IDs are hexadecimal in JSON, and protobufjs reads strings as base64.
  const withBytes = JSON.parse(JSON.stringify(otlpRequest(service, spans, resource)), (key, value) =>
    /^(?:trace|span|parentSpan)Id$/.test(key) ? Buffer.from(value, "hex").toString("base64") : value,
  );
  return requestType.encode(requestType.fromObject(withBytes)).finish();
}

/** Calls `Export` of OTLP/gRPC. Returns the gRPC status: 0 is success. */
export async function exportByGrpc(url: string, message: Uint8Array): Promise<number> {
  const session = connect(url);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    session.on("error", reject);
    const call = session.request({
      ":method": "POST",
      ":path": "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
      "content-type": "application/grpc",
      te: "trailers",
    });
    const status = (headers: IncomingHttpHeaders) => {
      if (headers["grpc-status"] !== undefined) resolve(Number(headers["grpc-status"]));
    };
    // An error response has no body and carries its status in the headers.
    call.on("response", status).on("trailers", status).on("error", reject).resume();
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    call.end(Buffer.concat([prefix, message]));
    return await promise;
  } finally {
    session.close();
  }
}

/** Spans as `Batch` of Jaeger's Thrift in the binary protocol: https://github.com/jaegertracing/jaeger-idl */
export function thriftBatch(service: string, spans: readonly SentSpan[]): Uint8Array {
  const [i32, i64, string, struct, list] = [8, 10, 11, 12, 15];
  const integer = (bits: 8 | 16 | 32 | 64, value: number | bigint) => {
    const bytes = Buffer.alloc(bits / 8);
    if (bits === 64) bytes.writeBigUInt64BE(BigInt(value));
    else bytes.writeIntBE(Number(value), 0, bits / 8);
    return bytes;
  };
  const text = (value: string) => [integer(32, Buffer.byteLength(value)), Buffer.from(value)];
  const field = (type: number, id: number, ...value: Buffer[]) => [integer(8, type), integer(16, id), ...value];
  const stop = integer(8, 0);
  const id = (hex: string) => integer(64, BigInt(`0x${hex || "0"}`));
  const start = BigInt(Date.now()) * 1000n;
  const encoded = spans.flatMap((span) => [
    ...field(i64, 1, id(span.traceId.slice(16))),
    ...field(i64, 2, id(span.traceId.slice(0, 16))),
    ...field(i64, 3, id(span.spanId)),
    ...field(i64, 4, id(span.parentSpanId ?? "")),
    ...field(string, 5, ...text(span.name)),
    ...field(i32, 7, integer(32, 1)),
    ...field(i64, 8, integer(64, start)),
    ...field(i64, 9, integer(64, BigInt((span.milliseconds ?? 5) * 1000))),
    stop,
  ]);
  return Buffer.concat([
    ...field(struct, 1, ...field(string, 1, ...text(service)), stop),
    ...field(list, 2, integer(8, struct), integer(32, spans.length), ...encoded),
    stop,
  ]);
}
