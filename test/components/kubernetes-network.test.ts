import assert from "node:assert/strict";
import { test } from "node:test";
import { connections, policies } from "./kubernetes-connections.ts";
import { production, prometheusAlone } from "./kubernetes-objects.ts";

const prod = await policies();

const inside = (line: string) =>
  !line.includes("kube-system/") && (line.match(/monitoring(?:-agents)?\/[a-z]/g) ?? []).length === 2;

const edges = [
  "monitoring-agents/alloy → monitoring/loki 3100",
  "monitoring/alertmanager → monitoring/alertmanager 9094",
  "monitoring/alertmanager → monitoring/alertmanager 9094/UDP",
  "monitoring/grafana → monitoring/alertmanager 9093",
  "monitoring/grafana → monitoring/prometheus 9090",
  "monitoring/grafana → monitoring/web-gateway 3100",
  "monitoring/loki → monitoring/alertmanager 9093",
  "monitoring/prometheus → monitoring-agents/alloy 12345",
  "monitoring/prometheus → monitoring-agents/node-exporter 9100",
  "monitoring/prometheus → monitoring/alertmanager 9093",
  "monitoring/prometheus → monitoring/blackbox 9115",
  "monitoring/prometheus → monitoring/grafana 3000",
  "monitoring/prometheus → monitoring/kube-state-metrics 8080",
  "monitoring/prometheus → monitoring/kube-state-metrics 8081",
  "monitoring/prometheus → monitoring/loki 3100",
  "monitoring/prometheus → monitoring/nginx-exporters 9113",
  "monitoring/prometheus → monitoring/postgres-exporters 9187",
  "monitoring/prometheus → monitoring/prometheus 9090",
  "monitoring/prometheus → monitoring/redis-exporters 9121",
  "monitoring/prometheus → monitoring/web-gateway 8405",
  "monitoring/web-gateway → monitoring/loki 3100",
];

test("inside the stack exactly these connections are allowed, at both ends", () => {
  assert.deepEqual(connections(prod, "egress").filter(inside).sort(), edges);
  assert.deepEqual(connections(prod, "ingress").sort(), edges);
});

test("besides DNS, egress is allowed for exactly these connections", () => {
  const out = connections(prod, "egress").filter(
    (line) => !inside(line) && !line.endsWith(" 53") && !line.endsWith(" 53/UDP"),
  );
  assert.deepEqual(out.sort(), [
    "monitoring-agents/alloy → 0.0.0.0/0 443",
    "monitoring-agents/alloy → 0.0.0.0/0 6443",
    "monitoring-agents/alloy → ::/0 443",
    "monitoring-agents/alloy → ::/0 6443",
    "monitoring/alertmanager → 0.0.0.0/0 443",
    "monitoring/alertmanager → ::/0 443",
    "monitoring/alertmanager → anyone 587",
    "monitoring/blackbox → anyone 443",
    "monitoring/blackbox → anyone 80",
    "monitoring/kube-state-metrics → 0.0.0.0/0 443",
    "monitoring/kube-state-metrics → 0.0.0.0/0 6443",
    "monitoring/kube-state-metrics → ::/0 443",
    "monitoring/kube-state-metrics → ::/0 6443",
    "monitoring/nginx-exporters → anyone 8081",
    "monitoring/postgres-exporters → anyone 5432",
    "monitoring/prometheus → 0.0.0.0/0 10250",
    "monitoring/prometheus → 0.0.0.0/0 443",
    "monitoring/prometheus → 0.0.0.0/0 6443",
    "monitoring/prometheus → ::/0 10250",
    "monitoring/prometheus → ::/0 443",
    "monitoring/prometheus → ::/0 6443",
    "monitoring/prometheus → anyone 8000",
    "monitoring/prometheus → anyone 8001",
    "monitoring/prometheus → anyone 8002",
    "monitoring/prometheus → white-room/* *",
    "monitoring/redis-exporters → anyone 6379",
  ]);
});

test("exactly the pods that connect to anything can resolve names", () => {
  const asking = connections(prod, "egress").filter((line) => line.includes("kube-system/kube-dns 53/UDP"));
  const connecting = prod.filter(({ spec }) => (spec.egress ?? []).length > 0).map(({ metadata }) => metadata.name);
  assert.deepEqual(asking.map((line) => line.split(" ")[0]?.split("/")[1]).sort(), connecting.sort());
  assert.ok(!connecting.includes("node-exporter"));
});

test("everything else is denied for all pods of both namespaces", () => {
  const all = prod.filter(({ spec }) => spec.podSelector.matchLabels === undefined);
  assert.deepEqual(
    all.map(({ metadata, spec }) => [metadata.namespace, spec]),
    ["monitoring", "monitoring-agents"].map((namespace) => [
      namespace,
      { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    ]),
  );
  for (const { metadata, spec } of prod) assert.deepEqual(spec.policyTypes, ["Ingress", "Egress"], metadata.name);
});

test("configured ranges replace the default of any address", async () => {
  const egress = {
    smtp: ["10.1.0.0/16"],
    pagerduty: ["203.0.113.0/24"],
    slack: ["198.51.100.0/24"],
    apiServer: ["10.0.0.1/32"],
  };
  const narrowed = connections(await policies(production({ network: { egress } })), "egress").filter(
    (line) => line.startsWith("monitoring/alertmanager → ") && !inside(line),
  );
  assert.deepEqual(narrowed.filter((line) => !line.includes(" 53")).sort(), [
    // For the heartbeat, which has no configured range.
    "monitoring/alertmanager → 0.0.0.0/0 443",
    "monitoring/alertmanager → 10.1.0.0/16 587",
    "monitoring/alertmanager → 198.51.100.0/24 443",
    "monitoring/alertmanager → 203.0.113.0/24 443",
    "monitoring/alertmanager → ::/0 443",
  ]);
});

test("Prometheus reaches the namespaces of its targets on any port; without a list, all but its own", async () => {
  const reached = async (kubernetes: Record<string, unknown>) =>
    connections(await policies(production({ kubernetes })), "egress").filter((line) => line.endsWith("* *"));
  assert.deepEqual(await reached({}), ["monitoring/prometheus → other namespaces/* *"]);
  assert.deepEqual(await reached({ scrapeNamespaces: ["shop", "white-room", "monitoring"] }), [
    "monitoring/prometheus → shop/* *",
    "monitoring/prometheus → white-room/* *",
  ]);
  assert.deepEqual(await reached({ scrapeNamespaces: ["monitoring"] }), []);
});

test("only Grafana is reachable through the configured ingress", async () => {
  const visualization = {
    url: "https://grafana.white-room.example",
    ingress: { enabled: true, tlsSecretName: "grafana-tls", controllerRanges: ["10.9.0.0/16"] },
  };
  const opened = connections(await policies(production({ visualization })), "ingress");
  assert.deepEqual(opened.filter((line) => !edges.includes(line)).sort(), [
    "10.9.0.0/16 → monitoring/grafana 3000",
    "ingress-nginx/* → monitoring/grafana 3000",
  ]);
});

test("a disabled component has no policy and is not reachable", async () => {
  const alone = await policies(prometheusAlone);
  assert.deepEqual(connections(alone, "ingress"), ["monitoring/prometheus → monitoring/prometheus 9090"]);
});

test("Prometheus can reach the configured remote write endpoints", async () => {
  const metrics = { remoteWrite: [{ url: "http://mimir.internal:9009/api/v1/push" }] };
  const found = connections(await policies(production({ metrics })), "egress");
  assert.ok(found.includes("monitoring/prometheus → anyone 9009"), found.join("\n"));
});
