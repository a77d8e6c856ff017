import { createServer } from "node:http";
import { freePort } from "../../scripts/lib/free-port.ts";

/** A span as it was received. */
export interface ReceivedSpan {
  readonly service: string;
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly kind: number;
  readonly milliseconds: number;
  /** 2 is an error. */
  readonly status: number | undefined;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
}

export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly spans: () => readonly ReceivedSpan[];
  readonly stop: () => void;
}

/** Receives spans as JSON over OTLP/HTTP: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const port = await freePort();
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (text: string) => {
      body += text;
    });
    request.on("end", () => {
      const known = request.url === "/v1/traces" && request.headers["content-type"] === "application/json";
      if (known) spans.push(...read(JSON.parse(body)));
      response.writeHead(known ? 200 : 415, { "content-type": "application/json" }).end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  const stop = () => {
    server.close();
    server.closeAllConnections();
  };
  return { endpoint: `http://127.0.0.1:${port}`, spans: () => spans, stop };
}

type Value = { readonly stringValue?: string; readonly intValue?: number; readonly boolValue?: boolean };
type Attributes = readonly { readonly key: string; readonly value: Value }[];

interface Sent {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attributes };
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

interface SentSpan extends Pick<ReceivedSpan, "name" | "traceId" | "spanId" | "kind"> {
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: Attributes;
  readonly status?: { readonly code?: number };
}

function read({ resourceSpans }: Sent): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap((scope) =>
      scope.spans.map(({ name, traceId, spanId, parentSpanId, kind, attributes, status, ...times }) => ({
        service: String(toObject(resource.attributes)["service.name"]),
        name,
        traceId,
        spanId,
        parentSpanId: parentSpanId || undefined,
        kind,
        milliseconds: Number(BigInt(times.endTimeUnixNano) - BigInt(times.startTimeUnixNano)) / 1e6,
        status: status?.code,
        attributes: toObject(attributes),
      })),
    ),
  );
}

function toObject(attributes: Attributes = []): ReceivedSpan["attributes"] {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.boolValue ?? ""]),
  );
}
