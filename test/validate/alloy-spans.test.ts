import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { spanBlocks } from "../../config/products/collector/alloy-spans.ts";
import { toAlloy } from "../../config/products/collector/alloy-syntax.ts";
import { jaegerPorts } from "../../config/products/jaeger/product.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { needsAlloy } from "../logs/needs.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { stack } from "../rules/stacks.ts";
import { RunningJaeger } from "./jaeger-program.ts";
import { flood, newSpan } from "./span-flood.ts";
import { exportByGrpc, otlpBytes, otlpRequest, type SentSpan } from "./span-senders.ts";

const settings = stack("dev", { tracing: { enabled: true } });
const hex = (bytes: number) => randomBytes(bytes).toString("hex");
const spansOf = (traceId: string, count: number): SentSpan[] =>
  Array.from({ length: count }, () => ({ traceId, spanId: hex(8), name: "render" }));

const { skip } = needsAlloy();

describe("spans through Alloy", skip ? { skip } : needs("jaeger"), () => {
  const directory = mkdtempSync(join(tmpdir(), "alloy-spans-"));
  const jaeger = new RunningJaeger();
  let alloy: Program;
  let [port, otlpHttpPort, otlpGrpcPort] = [0, 0, 0];

  before(async () => {
    await jaeger.start(settings);
    [port, otlpHttpPort, otlpGrpcPort] = [await freePort(), await freePort(), await freePort()];
    const spansAddress = `127.0.0.1:${jaeger.port(jaegerPorts.otlpGrpc)}`;
    const places = { listenAddress: "127.0.0.1", otlpHttpPort, otlpGrpcPort, spansAddress, dataDirectory: directory };
    const config = toAlloy(spanBlocks(settings, places));
    // A short flood must fill the queue.
    const small = config.replace("queue_size = 1000000", "queue_size = 50000");
    assert.notEqual(small, config);
    writeFileSync(join(directory, "config.alloy"), small);
    alloy = await startAlloy();
  });
  after(async () => {
    await alloy?.stop("SIGKILL");
    await jaeger.remove();
    rmSync(directory, { recursive: true });
  });

  function startAlloy(): Promise<Program> {
    const address = `127.0.0.1:${port}`;
    const options = [`--server.http.listen-addr=${address}`, `--storage.path=${directory}`, "--disable-reporting"];
    const args = ["run", ...options, "--stability.level=public-preview", join(directory, "config.alloy")];
    return start("alloy", args, `http://${address}`, "/-/ready");
  }

  async function send(spans: readonly SentSpan[]): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${otlpHttpPort}/v1/traces`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(otlpRequest("juce-backend", spans)),
    });
    assert.equal(answer.status, 200, await answer.text());
  }

  /** Spans in the queue, including those being sent. */
  async function queued(): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    return Number(/^otelcol_exporter_queue_size\{.*data_type="traces".*\} (\S+)$/m.exec(text)?.[1]);
  }

  test("spans get the cluster and environment, and long attributes are cut", async () => {
    const [span] = spansOf(hex(16), 1);
    assert.ok(span);
    await send([{ ...span, attributes: { "http.request.body": "x".repeat(70_000) } }]);
    await jaeger.arrives(span.traceId, ["render"]);
    const tags = (await jaeger.spans(span.traceId))[0]?.tags ?? [];
    const tag = (name: string) => tags.find(({ key }) => key === name)?.value;
    assert.deepEqual([tag("cluster"), tag("env")], [settings.cluster, settings.environment]);
    assert.equal(String(tag("http.request.body")).length, 8192);
  });

  test("OTLP/gRPC is accepted", async () => {
    const traceId = hex(16);
    assert.equal(await exportByGrpc(`http://127.0.0.1:${otlpGrpcPort}`, otlpBytes("swift", spansOf(traceId, 1))), 0);
    await jaeger.arrives(traceId, ["render"]);
  });

  /** Sum of the samples of one of Alloy's metrics. */
  async function metric(name: string): Promise<number> {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
    const lines = text.split("\n").filter((line) => line.startsWith(`${name}{`));
    return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  }

  test("requests that are malformed or larger than 4 MiB are rejected, and others get through", async () => {
    const post = async (body: string) => {
      const headers = { "content-type": "application/json" };
      const answer = await fetch(`http://127.0.0.1:${otlpHttpPort}/v1/traces`, { method: "POST", headers, body });
      await answer.arrayBuffer();
      return answer.status;
    };
    const grpc = (message: Uint8Array) => exportByGrpc(`http://127.0.0.1:${otlpGrpcPort}`, message);
    const large = newSpan({ name: "x".repeat(5 * 1024 ** 2) });
    assert.deepEqual(
      [
        await post("{"),
        await grpc(Buffer.from("no protobuf")),
        await post(JSON.stringify(otlpRequest("shop", [large]))),
        await grpc(otlpBytes("shop", [large])),
      ],
      // 13 is INTERNAL, and 8 RESOURCE_EXHAUSTED.
      [400, 13, 400, 8],
    );
    const good = newSpan();
    await send([good]);
    await jaeger.arrives(good.traceId, [good.name]);
    assert.deepEqual(await jaeger.spans(large.traceId), []);
  });

  test("a flood that fills the queue is rejected and counted, and no other service loses a span", async () => {
    const { refused, quiet } = await flood(`http://127.0.0.1:${otlpHttpPort}`);
    assert.equal(await metric("otelcol_receiver_refused_spans_total"), refused);
    assert.equal(await metric("otelcol_exporter_enqueue_failed_spans_total"), refused);
    await until("the queue is empty", async () => (await queued()) === 0, 120);
    for (const { traceId, name } of quiet) await jaeger.arrives(traceId, [name]);
    assert.equal(await metric("otelcol_exporter_send_failed_spans_total"), 0);
  });

  test("spans that were sent while Jaeger was down arrive once it is back, even if Alloy is killed in between", async () => {
    await jaeger.stop();
    const traces = Array.from({ length: 50 }, () => hex(16));
    for (const traceId of traces) await send(spansOf(traceId, 20));
    await until("all are in the queue", async () => (await queued()) === traces.length * 20);
    await alloy.stop("SIGKILL");
    alloy = await startAlloy();
    await jaeger.resume();
    let missing = traces;
    await until(
      "all traces are whole",
      async () => {
        const counts = await Promise.all(missing.map(async (id) => [id, (await jaeger.spans(id)).length] as const));
        missing = counts.filter(([, count]) => count < 20).map(([id]) => id);
        return missing.length === 0;
      },
      120,
    );
  });
});
