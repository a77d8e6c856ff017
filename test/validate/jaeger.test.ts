import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { jaegerPorts } from "../../config/products/jaeger/product.ts";
import { needs } from "../binaries.ts";
import { until } from "../logs/programs.ts";
import { stack } from "../rules/stacks.ts";
import { RunningJaeger } from "./jaeger-program.ts";
import { exportByGrpc, otlpBytes, otlpRequest, type SentSpan, thriftBatch } from "./span-senders.ts";

const service = "juce-backend";
const traceId = (digit: string) => digit.repeat(32);

/** A request and its query. */
const requestAndQuery = (digit: string): SentSpan[] => [
  { traceId: traceId(digit), spanId: `${digit}000000000000001`, name: "GET /api/songs", failed: true },
  {
    traceId: traceId(digit),
    spanId: `${digit}000000000000002`,
    parentSpanId: `${digit}000000000000001`,
    name: "SELECT songs",
    milliseconds: 3,
    attributes: { "peer.service": "postgres" },
  },
];

describe("Jaeger with the rendered config", needs("jaeger"), () => {
  const jaeger = new RunningJaeger();

  before(() => jaeger.start(stack("dev", { tracing: { enabled: true, sampling: { services: { [service]: 0.25 } } } })));
  after(() => jaeger.remove());

  async function post(port: number, path: string, type: string, body: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const answer = await fetch(`${jaeger.url(port)}${path}`, {
      method: "POST",
      headers: { "Content-Type": type },
      body,
    });
    assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
  }

  /** Asserts that the trace of {@link requestAndQuery} is complete. */
  async function isWhole(digit: string): Promise<void> {
    await jaeger.arrives(traceId(digit), ["GET /api/songs", "SELECT songs"]);
    const [request, query] = await jaeger.spans(traceId(digit));
    assert.deepEqual([request?.duration, query?.duration], [5000, 3000]);
    assert.deepEqual(query?.references, [
      { refType: "CHILD_OF", traceID: traceId(digit), spanID: `${digit}000000000000001` },
    ]);
  }

  test("a trace by OTLP/HTTP comes back whole, with its error and attributes", async () => {
    const body = JSON.stringify(otlpRequest(service, requestAndQuery("a")));
    await post(jaegerPorts.otlpHttp, "/v1/traces", "application/json", body);
    await isWhole("a");
    const [request, query] = await jaeger.spans(traceId("a"));
    assert.ok(request?.tags.some(({ key, value }) => key === "error" && value === true));
    assert.ok(query?.tags.some(({ key, value }) => key === "peer.service" && value === "postgres"));
  });

  test("a trace by OTLP/gRPC comes back whole", async () => {
    assert.equal(await exportByGrpc(jaeger.url(jaegerPorts.otlpGrpc), otlpBytes(service, requestAndQuery("c"))), 0);
    await isWhole("c");
  });

  test("a trace in Jaeger's Thrift comes back whole", async () => {
    const body = new Uint8Array(thriftBatch(service, requestAndQuery("d")));
    await post(jaegerPorts.jaegerThrift, "/api/traces?format=jaeger.thrift", "application/x-thrift", body);
    await isWhole("d");
  });

  test("a trace in Zipkin's format comes back whole", async () => {
    const spans = requestAndQuery("b").map(({ traceId, spanId, parentSpanId, name, milliseconds = 5 }) => ({
      traceId,
      id: spanId,
      parentId: parentSpanId,
      name,
      timestamp: Date.now() * 1000,
      duration: milliseconds * 1000,
      kind: "SERVER",
      localEndpoint: { serviceName: service },
    }));
    await post(jaegerPorts.zipkin, "/api/v2/spans", "application/json", JSON.stringify(spans));
    await isWhole("b");
  });

  test("applications read their sampling", async () => {
    const answer = await fetch(`${jaeger.url(jaegerPorts.sampling)}/api/sampling?service=${service}`);
    const { probabilisticSampling } = (await answer.json()) as { probabilisticSampling: { samplingRate: number } };
    assert.equal(probabilisticSampling.samplingRate, 0.25);
  });

  test("it exposes the metrics that rules and dashboards read, with exemplars", async () => {
    const accept = { headers: { Accept: "application/openmetrics-text; version=1.0.0" } };
    const wanted = readFileSync(new URL("../recordings/elsewhere/jaeger.prom", import.meta.url), "utf8");
    // Counters that exist only after their event, and those of sampling, which is off here.
    const later = /enqueue_failed|send_failed|refused|tail_sampling/;
    const names = [...new Set(wanted.match(/^\w+(?=\{)/gm))].filter((name) => !later.test(name));
    let text = "";
    await until(`the metrics ${names.join(", ")}`, async () => {
      const all = [jaegerPorts.metrics, jaegerPorts.spanMetrics].map(async (port) =>
        (await fetch(`${jaeger.url(port)}/metrics`, accept)).text(),
      );
      text = (await Promise.all(all)).join("\n");
      return names.every((name) => text.includes(`\n${name}{`) || text.includes(`\n${name} `));
    });
    assert.match(text, /traces_span_metrics_duration_seconds_bucket\{.*\} \d+ # \{.*trace_id="[abcd]{32}"/);
    assert.match(text, /traces_span_metrics_calls_total\{.*peer_service="postgres"/);
  });

  test("a restart keeps traces", async () => {
    await jaeger.stop();
    await jaeger.resume();
    await isWhole("a");
  });
});

describe("Jaeger with a retention of seconds", needs("jaeger"), () => {
  const jaeger = new RunningJaeger();

  before(() =>
    jaeger.start(stack("dev", { tracing: { enabled: true, retention: "1h" } }), (config) => {
      const short = config.replace("spans: 3600s", "spans: 8s");
      assert.notEqual(short, config);
      return short;
    }),
  );
  after(() => jaeger.remove());

  test("a trace is kept until its retention has passed, then deleted, also after a restart", async () => {
    const sent = Date.now();
    assert.equal(await exportByGrpc(jaeger.url(jaegerPorts.otlpGrpc), otlpBytes(service, requestAndQuery("e"))), 0);
    await jaeger.arrives(traceId("e"), ["GET /api/songs", "SELECT songs"]);
    await until("the trace is gone", async () => (await jaeger.spans(traceId("e"))).length === 0, 30);
    const seconds = (Date.now() - sent) / 1000;
    assert.ok(seconds > 6, `gone after ${seconds} s`);
    await jaeger.stop();
    await jaeger.resume();
    assert.deepEqual(await jaeger.spans(traceId("e")), []);
  });
});
