import assert from "node:assert/strict";
import { test } from "node:test";
import { spansEndpoint } from "../../config/products/collector/spans.ts";
import { renderJaeger, renderSampling } from "../../config/products/jaeger/jaeger.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { problemsOf } from "./problems.ts";

const docker = { platform: "docker", environment: "test", alerting: { enabled: false } };

const settingsOf = (tracing: Record<string, unknown>, more: Record<string, unknown> = {}, secrets: string[] = []) =>
  toSettings({
    stack: "test",
    values: { ...docker, tracing: { enabled: true, ...tracing }, ...more },
    secrets: new Set(secrets),
  });

function problems(...args: Parameters<typeof settingsOf>): string[] {
  return problemsOf(() => settingsOf(...args));
}

test("all problems are reported together, each with its fix", () => {
  assert.deepEqual(
    problems({ retention: "30m", sampling: { default: 1.5, services: { "juce-backend": -1 } }, storage: "tempo" }),
    [
      'tracing.retention: "30m" is too short; use at least "1h"',
      'tracing.storage: "tempo" is not supported; use "badger", "opensearch", "elasticsearch" or "cassandra"',
      "tracing.sampling.default: 1.5 is too large; use at most 1",
      "tracing.sampling.services.juce-backend: -1 is too small; use at least 0",
    ],
  );
});

test("a volume that is too small for the retention is rejected with the size it needs", () => {
  assert.deepEqual(problems({ retention: "30d" }), [
    'tracing.volumeSize: "10Gi" is too small for tracing.retention "30d" at 10 spans per second; use at least "18Gi", or a shorter retention',
  ]);
  assert.deepEqual(problems({ retention: "30d", volumeSize: "18Gi" }), []);
  assert.deepEqual(problems({ expectedSpansPerSecond: 40 }), [
    'tracing.volumeSize: "10Gi" is too small for tracing.retention "7d" at 40 spans per second; use at least "17Gi", or a shorter retention',
  ]);
});

test("a memory limit that is too small for Badger is rejected", () => {
  assert.deepEqual(problems({ limits: { memory: "128Mi" } }), [
    'tracing.limits.memory: "128Mi" is too small for storage badger; use at least "768Mi"',
  ]);
  const store = { servers: ["https://opensearch.internal:9200"], username: "jaeger" };
  const small = { limits: { memory: "128Mi" }, storage: "opensearch", store };
  assert.deepEqual(problems(small, {}, ["traceStorePassword"]), []);
});

test("replicas require a database and whole traces", () => {
  const cluster = { platform: "kubernetes" };
  assert.deepEqual(problems({ replicas: 2 }, cluster), [
    "tracing.replicas: 2 cannot share a volume; use 1, or set tracing.storage to opensearch, elasticsearch or cassandra",
  ]);
  const store = { servers: ["https://opensearch.internal:9200"], username: "jaeger" };
  const shared = { storage: "opensearch", store, replicas: 2 };
  assert.deepEqual(problems(shared, cluster, ["traceStorePassword"]), []);
  assert.deepEqual(problems({ ...shared, sampling: { kept: 0.1 } }, cluster, ["traceStorePassword"]), [
    "tracing.sampling.kept: 0.1 requires tracing.replicas: 1, because a replica does not see the whole trace; use 1, and tracing.sampling.default to sample at the start of a trace",
  ]);
  assert.deepEqual(problems({ replicas: 2 }).slice(0, 2), [
    "tracing.replicas: 2 cannot share a volume; use 1, or set tracing.storage to opensearch, elasticsearch or cassandra",
    "tracing.replicas: 2 is supported only with platform: kubernetes; use 1",
  ]);
});

test("a database needs servers of its kind, a user and a password", () => {
  assert.deepEqual(problems({ storage: "opensearch" }, {}, ["traceStorePassword"]), [
    'tracing.store: is required by storage opensearch; set servers, such as ["https://opensearch.internal:9200"], and username',
  ]);
  assert.deepEqual(problems({ storage: "cassandra", store: { servers: ["https://cassandra.internal"] } }), [
    'tracing.store.servers[0]: "https://cassandra.internal" is not valid for storage cassandra; use host and port, such as ["cassandra.internal:9042"]',
    "tracing.store.username: is required by storage cassandra; set it to the user of Jaeger",
    "traceStorePassword: is required by tracing.storage; run `pulumi config set --secret traceStorePassword --stack test`",
  ]);
  const store = { servers: ["https://opensearch.internal"], username: "jaeger" };
  assert.deepEqual(problems({ store }), [
    "tracing.store: is not used by storage badger; remove it, or set tracing.storage to the kind of database",
  ]);
});

test("ports that are taken are rejected", () => {
  assert.deepEqual(problems({ ports: { zipkin: 9090 } }), [
    "tracing.ports.zipkin: 9090 is already used by metrics.port; use another port",
  ]);
  assert.deepEqual(problems({ enabled: false, ports: { zipkin: 9090 } }), []);
});

test("without traces there is no endpoint for spans; with Promtail it is Jaeger's", () => {
  assert.equal(spansEndpoint(settingsOf({ enabled: false })), undefined);
  assert.equal(spansEndpoint(settingsOf({})), "http://alloy:4318");
  assert.equal(spansEndpoint(settingsOf({}, { logs: { collector: "promtail" } })), "http://jaeger:4318");
  assert.equal(spansEndpoint(settingsOf({}, { logs: { enabled: false } })), "http://jaeger:4318");
});

test("sampling of single services is sorted, and the same for all others", () => {
  const settings = settingsOf({ sampling: { default: 0.5, services: { b: 0, a: 0.1 } } });
  assert.deepEqual(JSON.parse(renderSampling(settings)[0]?.content ?? ""), {
    default_strategy: { type: "probabilistic", param: 0.5 },
    service_strategies: [
      { service: "a", type: "probabilistic", param: 0.1 },
      { service: "b", type: "probabilistic", param: 0 },
    ],
  });
});

test("complete traces are sampled only if some are left out, after metrics are derived from them", () => {
  const config = (kept: number) => renderJaeger(settingsOf({ sampling: { kept } }))[0]?.content ?? "";
  assert.doesNotMatch(config(1), /tail_sampling/);
  assert.match(config(0.1), /sampling_percentage: 10/);
  assert.match(
    config(0.1),
    /traces\/received:[\s\S]*exporters:\s+- spanmetrics\s+- forward\s+traces\/stored:\s+receivers:\s+- forward\s+processors:\s+- tail_sampling\s+- batch/,
  );
});
