import assert from "node:assert/strict";
import { test } from "node:test";
import { objectsOf, pods, production } from "./kubernetes-objects.ts";
import { restrictedViolations } from "./pod-security.ts";
import { secretFiles } from "./secret-places.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const key = "traceStorePassword";
const store = { servers: ["https://opensearch.internal:9200"], username: "jaeger" };
const tracing = { enabled: true, storage: "opensearch", store };

const withPassword = (config: ReturnType<typeof stackConfig>) => ({
  ...config,
  secrets: new Set([...config.secrets, key]),
});

test("the password of the trace store is in a file that only Jaeger reads, on both platforms", async () => {
  const docker = stackConfig("dev", { demo: { enabled: false }, alerting: { enabled: false }, tracing });
  for (const config of [withPassword(production({ tracing })), withPassword(docker)]) {
    assert.deepEqual(secretFiles(await registered(config), "jaeger", [key]), [
      `jaeger-secrets ${key} ${canary}-${key}`,
    ]);
  }
});

/** Who may connect to Jaeger's pods on each port: workloads, or everyone. */
async function ingress(values: Record<string, unknown>): Promise<Record<string, string[]>> {
  type Peer = { podSelector?: { matchLabels?: Record<string, string> } };
  type Rule = { from?: Peer[]; ports?: { port: number }[] };
  const objects = objectsOf(await registered(production(values)));
  const policy = objects.find(({ kind, metadata }) => kind === "NetworkPolicy" && metadata.name === "jaeger");
  const rules = (policy?.spec as unknown as { ingress: Rule[] } | undefined)?.ingress ?? [];
  const found: Record<string, string[]> = {};
  for (const { from, ports = [] } of rules) {
    const names = from?.map(({ podSelector }) => podSelector?.matchLabels?.["app.kubernetes.io/name"] ?? "?");
    for (const { port } of ports) found[port] = [...(found[port] ?? []), ...(names ?? ["everyone"])];
  }
  return found;
}

test("NetworkPolicies admit Grafana, Prometheus, the collector and applications, each on its ports", async () => {
  const open = { 5778: ["everyone"], 9411: ["everyone"], 14250: ["everyone"], 14268: ["everyone"] };
  const own = { 8888: ["prometheus"], 8889: ["prometheus"], 16686: ["grafana"] };
  assert.deepEqual(await ingress({ tracing: { enabled: true } }), { ...open, ...own, 4317: ["alloy"] });
  const logs = { collector: "promtail" };
  assert.deepEqual(await ingress({ tracing: { enabled: true }, logs }), {
    ...open,
    ...own,
    4317: ["everyone"],
    4318: ["everyone"],
  });
});

test("the pod of Jaeger has the privileges of level restricted", async () => {
  const pod = pods(objectsOf(await registered(production({ tracing: { enabled: true } })))).get("jaeger");
  assert.ok(pod);
  assert.deepEqual(restrictedViolations(pod.spec), []);
});

test("without traces there is no Jaeger", async () => {
  const names = (await registered(stackConfig("dev", { tracing: { enabled: false } }))).map(({ name }) => name);
  assert.deepEqual(
    names.filter((name) => name.includes("jaeger")),
    [],
  );
});
