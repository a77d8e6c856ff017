import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { jaegerPorts } from "../../config/products/jaeger/product.ts";
import { needs } from "../binaries.ts";
import { until } from "../logs/programs.ts";
import { stack } from "../rules/stacks.ts";
import { RunningJaeger, withLessMemory } from "./jaeger-program.ts";
import { flood, newSpan } from "./span-flood.ts";
import { exportByGrpc, otlpBytes, otlpRequest, type SentSpan, thriftBatch } from "./span-senders.ts";

type Body = string | Uint8Array<ArrayBuffer>;

const bytes = (data: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(data);

describe("limits of Jaeger", needs("jaeger"), () => {
  const jaeger = new RunningJaeger();

  before(() => jaeger.start(stack("dev", { tracing: { enabled: true } }), withLessMemory));
  after(() => jaeger.remove());

  async function status(port: number, path: string, type: string, body: Body): Promise<number> {
    const answer = await fetch(`${jaeger.url(port)}${path}`, {
      method: "POST",
      headers: { "content-type": type },
      body,
    });
    await answer.arrayBuffer();
    return answer.status;
  }
  const otlpHttp = (body: Body) => status(jaegerPorts.otlpHttp, "/v1/traces", "application/json", body);
  const otlpGrpc = (body: Uint8Array) => exportByGrpc(jaeger.url(jaegerPorts.otlpGrpc), body);
  const zipkin = (body: Body) => status(jaegerPorts.zipkin, "/api/v2/spans", "application/json", body);
  const thrift = (body: Body) =>
    status(jaegerPorts.jaegerThrift, "/api/traces?format=jaeger.thrift", "application/x-thrift", body);
  const send = (service: string, ...spans: SentSpan[]) => otlpHttp(JSON.stringify(otlpRequest(service, spans)));
  const isStored = (span: SentSpan) => jaeger.arrives(span.traceId, [span.name]);

  test("requests that are malformed or larger than 4 MiB are rejected over every protocol", async () => {
    assert.deepEqual(
      [
        await otlpHttp("{"),
        await otlpGrpc(Buffer.from("no protobuf")),
        await zipkin("{"),
        await thrift("no thrift"),
        await send("shop", { ...newSpan(), traceId: "abc" }),
      ],
      // gRPC status 13 is INTERNAL; 8, used below, is RESOURCE_EXHAUSTED.
      [400, 13, 400, 400, 400],
    );
    const large = newSpan({ name: "x".repeat(5 * 1024 ** 2) });
    assert.deepEqual(
      [
        await send("shop", large),
        await otlpGrpc(otlpBytes("shop", [large])),
        await zipkin(JSON.stringify([{ traceId: large.traceId, id: large.spanId, name: large.name }])),
        await thrift(bytes(thriftBatch("shop", [large]))),
      ],
      [400, 8, 400, 500],
    );
    const good = newSpan();
    assert.equal(await send("shop", good), 200);
    await isStored(good);
    assert.deepEqual(await jaeger.spans(large.traceId), []);
    const http = (code: number, port: number) =>
      jaeger.metric(
        "http_server_request_duration_seconds_count",
        `http_response_status_code="${code}"`,
        `server_port="${jaeger.port(port)}"`,
      );
    const grpc = (code: number) =>
      jaeger.metric("rpc_server_duration_milliseconds_count", `rpc_grpc_status_code="${code}"`);
    assert.deepEqual(
      [
        await http(400, jaegerPorts.otlpHttp),
        await http(400, jaegerPorts.zipkin),
        await http(400, jaegerPorts.jaegerThrift),
        await http(500, jaegerPorts.jaegerThrift),
        await grpc(13),
        await grpc(8),
      ],
      [3, 2, 1, 1, 1, 1],
      "rejected requests are counted by status",
    );
  });

  test("spans with a wrong duration, or without a service, are stored so that they can be read", async () => {
    const [reversed, nameless] = [newSpan({ milliseconds: -5000 }), newSpan()];
    assert.deepEqual([await send("shop", reversed), await send("", nameless)], [200, 200]);
    await isStored(reversed);
    await isStored(nameless);
    assert.equal((await jaeger.spans(reversed.traceId))[0]?.duration, 0);
  });

  test("a span with too large an attribute is lost and counted, the others of its request are stored", async () => {
    const failed = () => jaeger.metric("otelcol_exporter_send_failed_spans_total");
    const attributes = { "http.request.body": "x".repeat(70_000) };
    const [large, good] = [newSpan({ attributes }), newSpan()];
    assert.equal(await send("shop", large, good), 200);
    await isStored(good);
    assert.deepEqual(await jaeger.spans(large.traceId), []);
    // Jaeger counts the batch.
    await until("it is counted", async () => (await failed()) >= 1);
  });

  test("a flood from one service is rejected and counted, and no other service loses a span", async () => {
    const refusedBefore = await jaeger.metric("otelcol_receiver_refused_spans_total");
    const { refused, quiet } = await flood(jaeger.url(jaegerPorts.otlpHttp));
    for (const span of quiet) await isStored(span);
    assert.equal((await jaeger.metric("otelcol_receiver_refused_spans_total")) - refusedBefore, refused);
  });
});
