import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import { type KubernetesObject, objectsOf, pods, production, prometheusAlone } from "./kubernetes-objects.ts";
import { containersOf, restrictedViolations } from "./pod-security.ts";
import { canary, registered } from "./stack.ts";

const resources = await registered(production());
const objects = objectsOf(resources);
const running = objects.flatMap(({ metadata, spec }) =>
  spec?.template === undefined ? [] : [{ ...metadata, pod: spec.template.spec }],
);

/** A Job's name ends with a hash of the files that it checks. */
function names(found: readonly KubernetesObject[]): string[] {
  return found
    .map(
      ({ kind, metadata }) => `${metadata.namespace ?? "-"} ${kind} ${metadata.name.replace(/-[0-9a-f]{10}$/, "-*")}`,
    )
    .sort();
}

test("prod registers exactly these objects", () => {
  assert.deepEqual(names(objects), [
    "- ClusterRole white-room-prod-alloy",
    "- ClusterRole white-room-prod-kube-state-metrics",
    "- ClusterRole white-room-prod-prometheus",
    "- ClusterRoleBinding white-room-prod-alloy",
    "- ClusterRoleBinding white-room-prod-kube-state-metrics",
    "- ClusterRoleBinding white-room-prod-prometheus",
    "- Namespace monitoring",
    "- Namespace monitoring-agents",
    "- PriorityClass white-room-prod",
    "monitoring ConfigMap alertmanager-config",
    "monitoring ConfigMap alertmanager-config-check",
    "monitoring ConfigMap blackbox-config",
    "monitoring ConfigMap blackbox-config-check",
    "monitoring ConfigMap grafana-dashboards",
    "monitoring ConfigMap grafana-provisioning",
    "monitoring ConfigMap loki-config",
    "monitoring ConfigMap loki-limits",
    "monitoring ConfigMap loki-rules",
    "monitoring ConfigMap prometheus-config",
    "monitoring ConfigMap prometheus-config-check",
    "monitoring ConfigMap web-gateway-config",
    "monitoring Deployment blackbox",
    "monitoring Deployment kube-state-metrics",
    "monitoring Deployment nginx-exporter-edge",
    "monitoring Deployment postgres-exporter-primary",
    "monitoring Deployment redis-exporter-primary",
    "monitoring Deployment web-gateway",
    "monitoring Job alertmanager-config-check-*",
    "monitoring Job blackbox-config-check-*",
    "monitoring Job prometheus-config-check-*",
    "monitoring NetworkPolicy alertmanager",
    "monitoring NetworkPolicy blackbox",
    "monitoring NetworkPolicy deny-all",
    "monitoring NetworkPolicy grafana",
    "monitoring NetworkPolicy kube-state-metrics",
    "monitoring NetworkPolicy loki",
    "monitoring NetworkPolicy nginx-exporters",
    "monitoring NetworkPolicy postgres-exporters",
    "monitoring NetworkPolicy prometheus",
    "monitoring NetworkPolicy redis-exporters",
    "monitoring NetworkPolicy web-gateway",
    "monitoring PersistentVolumeClaim data-alertmanager-0",
    "monitoring PersistentVolumeClaim data-alertmanager-1",
    "monitoring PersistentVolumeClaim data-alertmanager-2",
    "monitoring PersistentVolumeClaim data-grafana-0",
    "monitoring PersistentVolumeClaim data-loki-0",
    "monitoring PersistentVolumeClaim data-prometheus-0",
    "monitoring PersistentVolumeClaim data-prometheus-1",
    "monitoring PodDisruptionBudget alertmanager",
    "monitoring PodDisruptionBudget prometheus",
    "monitoring Secret alertmanager-secrets",
    "monitoring Secret grafana-admin",
    "monitoring Secret grafana-secrets",
    "monitoring Secret postgres-exporter-primary-secrets",
    "monitoring Secret prometheus-secrets",
    "monitoring Secret redis-exporter-primary-secrets",
    "monitoring Service alertmanager",
    "monitoring Service alertmanager-replicas",
    "monitoring Service blackbox",
    "monitoring Service grafana",
    "monitoring Service grafana-replicas",
    "monitoring Service kube-state-metrics",
    "monitoring Service loki",
    "monitoring Service loki-replicas",
    "monitoring Service nginx-exporters",
    "monitoring Service postgres-exporters",
    "monitoring Service prometheus",
    "monitoring Service prometheus-replicas",
    "monitoring Service redis-exporters",
    "monitoring Service web-gateway",
    "monitoring ServiceAccount kube-state-metrics",
    "monitoring ServiceAccount prometheus",
    "monitoring StatefulSet alertmanager",
    "monitoring StatefulSet grafana",
    "monitoring StatefulSet loki",
    "monitoring StatefulSet prometheus",
    "monitoring-agents ConfigMap alloy-config",
    "monitoring-agents ConfigMap alloy-config-check",
    "monitoring-agents DaemonSet alloy",
    "monitoring-agents DaemonSet node-exporter",
    "monitoring-agents Job alloy-config-check-*",
    "monitoring-agents NetworkPolicy alloy",
    "monitoring-agents NetworkPolicy deny-all",
    "monitoring-agents NetworkPolicy node-exporter",
    "monitoring-agents Service loki",
    "monitoring-agents ServiceAccount alloy",
  ]);
});

test("a stack with only Prometheus registers exactly these objects", async () => {
  assert.deepEqual(names(objectsOf(await registered(prometheusAlone))), [
    "- ClusterRole white-room-prod-prometheus",
    "- ClusterRoleBinding white-room-prod-prometheus",
    "- Namespace monitoring",
    "- Namespace monitoring-agents",
    "- PriorityClass white-room-prod",
    "monitoring ConfigMap prometheus-config",
    "monitoring ConfigMap prometheus-config-check",
    "monitoring Job prometheus-config-check-*",
    "monitoring NetworkPolicy deny-all",
    "monitoring NetworkPolicy prometheus",
    "monitoring PersistentVolumeClaim data-prometheus-0",
    "monitoring Service prometheus",
    "monitoring Service prometheus-replicas",
    "monitoring ServiceAccount prometheus",
    "monitoring StatefulSet prometheus",
    "monitoring-agents NetworkPolicy deny-all",
  ]);
});

test("every pod in monitoring passes Pod Security restricted; agents need exactly these exceptions", () => {
  const found = running.map(({ namespace, name, pod }) => [namespace, name, restrictedViolations(pod)] as const);
  assert.deepEqual(
    found.filter(([, , violations]) => violations.length > 0),
    [
      ["monitoring-agents", "alloy", ["volume hostPath", "runAsNonRoot", "runAsUser 0"]],
      ["monitoring-agents", "node-exporter", ["hostPID", "volume hostPath"]],
    ],
  );
  const levels = objects
    .filter(({ kind }) => kind === "Namespace")
    .map(({ metadata }) => [metadata.name, metadata.labels["pod-security.kubernetes.io/enforce"]]);
  assert.deepEqual(levels, [
    ["monitoring", "restricted"],
    ["monitoring-agents", "privileged"],
  ]);
});

test("every container has a read-only root, requests and limits; only pods that ask the cluster have a token", () => {
  const asking = running
    .filter(({ pod }) => pod.automountServiceAccountToken)
    .map(({ name, pod }) => [name, pod.serviceAccountName]);
  assert.deepEqual(
    asking.sort(),
    ["alloy", "kube-state-metrics", "prometheus"].map((name) => [name, name]),
  );
  for (const { name, pod } of running) {
    assert.equal(typeof pod.automountServiceAccountToken, "boolean", name);
    assert.equal(pod.priorityClassName, "white-room-prod", name);
    for (const { securityContext, resources } of containersOf(pod)) {
      assert.equal(securityContext?.readOnlyRootFilesystem, true, name);
      assert.ok(resources.requests.cpu && resources.limits.cpu, name);
      assert.ok(resources.requests.memory && resources.limits.memory, name);
      // Bounds the log and whatever else a program writes to the disk of its node.
      assert.equal(resources.limits["ephemeral-storage"], "1Gi", name);
    }
  }
});

test("secrets appear only in the data of Secrets, marked as secret", () => {
  const encoded = Buffer.from(canary).toString("base64").replace(/=+$/, "").slice(0, -1);
  const leaks = resources.flatMap(({ type, name, inputs, secret }) => {
    if (type === "kubernetes:core/v1:Secret") return secret ? [] : [`${type} ${name}: not marked`];
    const text = JSON.stringify(inputs);
    return text.includes(canary) || text.includes(encoded) ? [`${type} ${name}`] : [];
  });
  assert.deepEqual(leaks, []);
  // One secret among a pod's fields would hide all of them in a preview.
  const marked = resources.filter(({ secret }) => secret).map(({ type }) => type);
  assert.deepEqual(new Set(marked), new Set(["kubernetes:core/v1:Secret"]));
  const held = objects.filter(({ kind }) => kind === "Secret").flatMap(({ data = {} }) => Object.entries(data));
  assert.deepEqual(held.map(([key]) => key).sort(), [
    "grafanaAdminPassword",
    // In Grafana's pod and in that of Prometheus.
    "grafanaMetricsPassword",
    "grafanaMetricsPassword",
    "grafanaSecretKey",
    "heartbeatUrl",
    "pagerdutyCriticalKey",
    "pagerdutyHighKey",
    "pagerdutySecurityKey",
    "postgresPassword-primary",
    "redisPassword-primary",
    "slackBotToken",
    "smtpPassword",
  ]);
  const smtp = held.find(([key]) => key === "smtpPassword")?.[1] ?? "";
  assert.equal(Buffer.from(smtp, "base64").toString(), `${canary}-smtpPassword`);
});

test("selectors contain only constants: no version, nothing from config", () => {
  const selectors = objects.flatMap(({ kind, metadata, spec }) =>
    spec?.template === undefined || kind === "Job" ? [] : [[metadata.name, spec.selector?.matchLabels]],
  );
  assert.equal(selectors.length, pods(objects).size);
  for (const [name, labels] of selectors) {
    assert.deepEqual(labels, { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": "white-room-prod" });
  }
});

test("agents resolve the short names that their configs use", () => {
  const aliases = objects.flatMap(({ metadata, spec }) =>
    spec?.externalName === undefined ? [] : [`${metadata.namespace}/${metadata.name} → ${spec.externalName}`],
  );
  assert.deepEqual(aliases.sort(), ["monitoring-agents/loki → loki.monitoring.svc.cluster.local"]);
});

test("log files of other users are read with their groups, without a capability", async () => {
  const collectorOf = async (logs: Record<string, unknown>) =>
    pods(objectsOf(await registered(production({ logs })))).get("alloy")?.spec;
  const spec = await collectorOf({ fileGroups: [104, 2000] });
  assert.deepEqual(spec?.securityContext?.supplementalGroups, [104, 2000]);
  assert.deepEqual(spec?.containers[0]?.securityContext?.capabilities, { drop: ["ALL"] });
});

test("sizes are written as the API server writes them back", async () => {
  const limits = { memory: "0.5Gi", cpu: 2.5, ephemeralStorage: "2048Mi", requests: { memory: "0.25Gi" } };
  const config = production({ metrics: { replicas: 2, volumeSize: "2048Gi", limits } });
  const resized = objectsOf(await registered(config));
  const claim = resized.find(({ metadata }) => metadata.name === "data-prometheus-1");
  assert.equal(claim?.spec?.resources?.requests.storage, "2Ti");
  const [pod] = pods(resized).get("prometheus")?.spec.containers ?? [];
  assert.deepEqual(pod?.resources, {
    requests: { memory: "256Mi", cpu: "625m", "ephemeral-storage": "16Mi" },
    limits: { memory: "512Mi", cpu: "2500m", "ephemeral-storage": "2Gi" },
  });
});

test("log directories with any characters are mounted with valid object names", async () => {
  const paths = ["/srv/Musik Studio/*.log", "/srv/musik_studio/*.log"];
  const named = objectsOf(await registered(production({ logs: { sources: { nginx: { paths } } } })));
  const volumes = pods(named).get("alloy")?.spec.volumes ?? [];
  const names = volumes.map(({ name }) => String(name));
  assert.equal(new Set(names).size, names.length);
  for (const name of names) assert.match(name, /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
  const mounted = JSON.stringify(volumes);
  assert.ok(mounted.includes("/srv/Musik Studio") && mounted.includes("/srv/musik_studio"), mounted);
});

test("all ConfigMaps are well below the 1 MiB limit", () => {
  for (const { metadata, data = {} } of objects.filter(({ kind }) => kind === "ConfigMap")) {
    const size = Object.entries(data).reduce((sum, [key, text]) => sum + key.length + Buffer.byteLength(text), 0);
    assert.ok(size < 0.75 * 1024 ** 2, `${metadata.name}: ${size} bytes`);
  }
});

test("the same config registers the same bytes", async () => {
  assert.deepEqual(await registered(production()), resources);
});

test("a stack on Kubernetes loads no Docker modules", () => {
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  assert.ok(loaded.some((path) => path.includes("@pulumi/kubernetes/")));
  assert.deepEqual(
    loaded.filter((path) => path.includes("@pulumi/docker/")),
    [],
  );
});
