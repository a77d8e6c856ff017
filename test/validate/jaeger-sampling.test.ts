import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { jaegerPorts } from "../../config/products/jaeger/product.ts";
import { needs } from "../binaries.ts";
import { until } from "../logs/programs.ts";
import { stack } from "../rules/stacks.ts";
import { RunningJaeger } from "./jaeger-program.ts";
import { otlpBytes, otlpRequest, type SentSpan } from "./span-senders.ts";

const decided = "otelcol_processor_tail_sampling_global_count_traces_sampled_total";

/** All spans start at once, whenever they are sent: the duration of a trace counts. */
const begin = Date.now();

/** Jaeger decides by a hash of the trace ID, so the same IDs give the same share in every run. */
const newTraceId = (name: string) => createHash("sha256").update(name).digest("hex").slice(0, 32);
const newSpan = (traceId: string, name: string, more: Partial<SentSpan> = {}): SentSpan => ({
  traceId,
  spanId: randomBytes(8).toString("hex"),
  name,
  start: begin,
  ...more,
});

function sender(jaeger: RunningJaeger) {
  return async (service: string, ...spans: SentSpan[]): Promise<void> => {
    const answer = await fetch(`${jaeger.url(jaegerPorts.otlpHttp)}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(otlpRequest(service, spans)),
    });
    assert.equal(answer.status, 200, await answer.text());
  };
}

describe("sampling of complete traces", needs("jaeger"), () => {
  const jaeger = new RunningJaeger();
  const send = sender(jaeger);
  const ids = (kind: string, count: number) => Array.from({ length: count }, (_, index) => newTraceId(kind + index));
  const [plain, failed, slow] = [ids("plain", 400), ids("failed", 20), ids("slow", 20)];
  const all = [...plain, ...failed, ...slow];
  let stored: ReadonlySet<string> = new Set();

  before(async () => {
    const sampling = { kept: 0.2, slowerThan: "500ms", decisionWait: "4s" };
    await jaeger.start(stack("dev", { tracing: { enabled: true, sampling } }));
    // As in production, the spans of a trace come from two services in two requests.
    await send("swift-frontend", ...all.map((id) => newSpan(id, "GET /songs")));
    await send(
      "juce-backend",
      ...plain.map((id) => newSpan(id, "SELECT", { milliseconds: 499 })),
      ...failed.map((id) => newSpan(id, "SELECT", { failed: true })),
      ...slow.map((id) => newSpan(id, "SELECT", { milliseconds: 501 })),
    );
    await until("all traces are decided", async () => (await jaeger.metric(decided)) === all.length);
    const kept = await jaeger.metric(decided, 'decision="sampled"');
    await until(`${kept} traces are stored`, async () => {
      const spans = await Promise.all(all.map(async (id) => [id, (await jaeger.spans(id)).length] as const));
      stored = new Set(spans.filter(([, count]) => count === 2).map(([id]) => id));
      assert.ok(stored.size <= kept);
      return stored.size === kept;
    });
  });
  after(() => jaeger.remove());

  test("every trace with an error or a slow request is stored whole", () => {
    assert.deepEqual(
      [...failed, ...slow].filter((id) => !stored.has(id)),
      [],
    );
  });

  test("a fifth of the others is stored", () => {
    const others = plain.filter((id) => stored.has(id)).length;
    // Three standard deviations.
    assert.ok(others > 56 && others < 104, `${others} of ${plain.length}`);
  });

  test("a span that arrives after the decision follows it", async () => {
    const [kept, left] = [failed[0] ?? "", plain.find((id) => !stored.has(id)) ?? ""];
    await send("audio-engine", newSpan(kept, "late"), newSpan(left, "late", { failed: true }));
    await jaeger.arrives(kept, ["GET /songs", "late", "SELECT"]);
    const late = "otelcol_processor_tail_sampling_early_releases_from_cache_decision_total";
    await until("the other span is left out", async () => (await jaeger.metric(late, 'sampled="false"')) === 1);
    assert.deepEqual(await jaeger.spans(left), []);
  });

  test("metrics are derived from all spans", async () => {
    const calls = (...labels: string[]) => jaeger.spanMetric("traces_span_metrics_calls_total", ...labels);
    await until("metrics are flushed", async () => (await calls('span_name="SELECT"')) > 0);
    assert.deepEqual(
      [
        await calls('service_name="swift-frontend"'),
        await calls('service_name="juce-backend"'),
        await calls('service_name="juce-backend"', 'status_code="STATUS_CODE_ERROR"'),
      ],
      [all.length, all.length, failed.length],
    );
  });
});

describe("sampling that stores only errors and slow requests", needs("jaeger"), () => {
  const jaeger = new RunningJaeger();
  const send = sender(jaeger);

  before(() => jaeger.start(stack("dev", { tracing: { enabled: true, sampling: { kept: 0, decisionWait: "2s" } } })));
  after(() => jaeger.remove());

  test("nothing else is stored, and the duration is the whole trace's", async () => {
    const [plain, failed, slow] = ["plain", "failed", "slow"].map(newTraceId) as [string, string, string];
    await send("shop", newSpan(plain, "fast"), newSpan(failed, "failed", { failed: true }), newSpan(slow, "first"));
    await send("shop", newSpan(slow, "second", { start: begin + 1000 }));
    await jaeger.arrives(failed, ["failed"]);
    await jaeger.arrives(slow, ["first", "second"]);
    await until("all are decided", async () => (await jaeger.metric(decided)) === 3);
    assert.deepEqual(await jaeger.spans(plain), []);
  });
});

describe("sampling during a flood", needs("jaeger"), () => {
  const jaeger = new RunningJaeger();
  const sampling = { kept: 0, decisionWait: "20s" };

  before(() => jaeger.start(stack("dev", { tracing: { enabled: true, sampling } })));
  after(() => jaeger.remove());

  test("100,000 undecided traces of one service evict none of another", async () => {
    const failed = newTraceId("failed");
    await sender(jaeger)("quiet", newSpan(failed, "render", { failed: true }));
    const count = 2000;
    for (let request = 0; request < 50; request++) {
      const spans = Array.from({ length: count }, (_, index) => newSpan(newTraceId(`${request} ${index}`), "render"));
      const body = new Uint8Array(otlpBytes("flooding", spans));
      const headers = { "content-type": "application/x-protobuf" };
      const answer = await fetch(`${jaeger.url(jaegerPorts.otlpHttp)}/v1/traces`, { method: "POST", headers, body });
      assert.equal(answer.status, 200, await answer.text());
    }
    await until("all are decided", async () => (await jaeger.metric(decided)) === 50 * count + 1, 120);
    await jaeger.arrives(failed, ["render"]);
    assert.equal(await jaeger.metric("otelcol_processor_tail_sampling_sampling_trace_dropped_too_early_total"), 0);
  });
});
