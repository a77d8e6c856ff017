import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { jaegerFiles, renderJaeger, renderSampling } from "../../config/products/jaeger/jaeger.ts";
import { jaeger, jaegerPorts } from "../../config/products/jaeger/product.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { stack } from "../rules/stacks.ts";

const service = "juce-backend";
const micros = () => Date.now() * 1000;
const traceId = (digit: string) => digit.repeat(32);
const [otlp, zipkin] = [traceId("a"), traceId("b")];

interface Trace {
  readonly data: readonly { readonly spans: readonly { readonly operationName: string }[] }[] | null;
}

describe("Jaeger with the rendered config", needs("jaeger"), () => {
  const directory = mkdtempSync(join(tmpdir(), "jaeger-"));
  const ports = new Map<number, number>();
  const url = (port: number) => `http://127.0.0.1:${ports.get(port)}`;
  let program: Program;

  before(async () => {
    for (const port of [jaeger.port, ...Object.values(jaegerPorts)]) ports.set(port, await freePort());
    const places = {
      host: "127.0.0.1",
      port: (port: number) => ports.get(port) ?? port,
      configDirectory: directory,
      samplingDirectory: directory,
      dataDirectory: directory,
    };
    const settings = stack("dev", { tracing: { enabled: true, sampling: { services: { [service]: 0.25 } } } });
    for (const { path, content } of [...renderJaeger(settings, places), ...renderSampling(settings)])
      writeFileSync(join(directory, path), content);
    mkdirSync(join(directory, "badger"));
    program = await run();
  });

  after(async () => {
    await program?.stop();
    rmSync(directory, { recursive: true });
  });

  function run(): Promise<Program> {
    const config = `--config=${join(directory, jaegerFiles.config)}`;
    return start("jaeger", [config], url(jaegerPorts.health), jaeger.probe.path);
  }

  async function post(port: number, path: string, body: unknown): Promise<void> {
    const answer = await fetch(`${url(port)}${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    assert.ok(answer.ok, `${answer.status} ${await answer.text()}`);
  }

  async function operations(id: string): Promise<string[]> {
    const answer = await fetch(`${url(jaeger.port)}/api/traces/${id}`);
    const { data } = (await answer.json()) as Trace;
    return (data ?? []).flatMap(({ spans }) => spans.map(({ operationName }) => operationName)).sort();
  }

  const arrives = (id: string, expected: readonly string[]) =>
    until(`trace ${id} has ${expected.join(" and ")}`, async () => {
      const found = await operations(id);
      return JSON.stringify(found) === JSON.stringify(expected);
    });

  test("a trace by OTLP/HTTP comes back whole, with its error", async () => {
    const span = (spanId: string, name: string, more: object) => ({
      traceId: otlp,
      spanId,
      name,
      kind: 2,
      startTimeUnixNano: String(BigInt(micros()) * 1000n),
      endTimeUnixNano: String(BigInt(micros() + 5_000) * 1000n),
      ...more,
    });
    await post(jaegerPorts.otlpHttp, "/v1/traces", {
      resourceSpans: [
        {
          resource: { attributes: [{ key: "service.name", value: { stringValue: service } }] },
          scopeSpans: [
            {
              spans: [
                span("a000000000000001", "GET /api/songs", { status: { code: 2 } }),
                span("a000000000000002", "SELECT songs", {
                  kind: 3,
                  parentSpanId: "a000000000000001",
                  attributes: [{ key: "peer.service", value: { stringValue: "postgres" } }],
                }),
              ],
            },
          ],
        },
      ],
    });
    await arrives(otlp, ["GET /api/songs", "SELECT songs"]);
  });

  test("a trace in Zipkin's format comes back", async () => {
    const localEndpoint = { serviceName: service };
    const span = { traceId: zipkin, id: "b000000000000001", name: "render", timestamp: micros(), duration: 1000 };
    await post(jaegerPorts.zipkin, "/api/v2/spans", [{ ...span, kind: "SERVER", localEndpoint }]);
    await arrives(zipkin, ["render"]);
  });

  test("malformed and oversized requests are refused, and others still get through", async () => {
    const send = (body: string) =>
      fetch(`${url(jaegerPorts.otlpHttp)}/v1/traces`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
      });
    assert.equal((await send("{")).status, 400);
    assert.ok((await send(JSON.stringify({ filler: "x".repeat(5 * 1024 ** 2) }))).status >= 400);
    assert.deepEqual(await operations(zipkin), ["render"]);
  });

  test("applications read their sampling", async () => {
    const answer = await fetch(`${url(jaegerPorts.sampling)}/api/sampling?service=${service}`);
    const { probabilisticSampling } = (await answer.json()) as { probabilisticSampling: { samplingRate: number } };
    assert.equal(probabilisticSampling.samplingRate, 0.25);
  });

  test("it exposes the metrics that rules and dashboards read, with exemplars", async () => {
    const accept = { headers: { Accept: "application/openmetrics-text; version=1.0.0" } };
    const wanted = readFileSync(new URL("../recordings/elsewhere/jaeger.prom", import.meta.url), "utf8");
    // Counters of what has not happened, and of sampling, which is off here.
    const later = /enqueue_failed|send_failed|refused|tail_sampling/;
    const names = [...new Set(wanted.match(/^\w+(?=\{)/gm))].filter((name) => !later.test(name));
    let text = "";
    await until(`the metrics ${names.join(", ")}`, async () => {
      const all = [jaegerPorts.metrics, jaegerPorts.spanMetrics].map(async (port) =>
        (await fetch(`${url(port)}/metrics`, accept)).text(),
      );
      text = (await Promise.all(all)).join("\n");
      return names.every((name) => text.includes(`\n${name}{`) || text.includes(`\n${name} `));
    });
    assert.match(text, /traces_span_metrics_duration_seconds_bucket\{.*\} \d+ # \{.*trace_id="a{32}"/);
    assert.match(text, /traces_span_metrics_calls_total\{.*peer_service="postgres"/);
  });

  test("a restart keeps traces", async () => {
    await program.stop();
    program = await run();
    assert.deepEqual(await operations(otlp), ["GET /api/songs", "SELECT songs"]);
  });
});
