import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { InternalTls } from "../validate/internal-tls.ts";
import { connections, policies } from "./kubernetes-connections.ts";
import { objectsOf, pods, production, productionOnDocker } from "./kubernetes-objects.ts";
import { restrictedViolations } from "./pod-security.ts";
import { canary, registered, stackConfig } from "./stack.ts";

const objectStorage = { endpoint: "s3.eu-central-1.amazonaws.com", bucket: "white-room-metrics" };
const keys = ["longTermAccessKey", "longTermSecretKey"];

const onKubernetes = (longTerm: Record<string, unknown> = {}, more: Record<string, unknown> = {}) =>
  production({ metrics: { replicas: 2, longTerm: { objectStorage, ...longTerm } }, ...more });

function onDocker(longTerm: Record<string, unknown> = {}) {
  const config = productionOnDocker();
  const metrics = { longTerm: { objectStorage, ...longTerm } };
  return { ...config, values: { ...config.values, metrics }, secrets: new Set([...config.secrets, ...keys]) };
}

const prod = objectsOf(await registered(onKubernetes()));
const docker = await registered(onDocker());

type Container = { name: string; image: string; command: string[]; volumes: { containerPath: string }[]; user: string };

const container = (name: string) =>
  docker.find(({ type, inputs }) => type.endsWith(":Container") && String(inputs["name"]).endsWith(`-${name}`))
    ?.inputs as unknown as Container;

const named = (kind: string) => prod.filter((object) => object.kind === kind).map(({ metadata }) => metadata.name);

test("on Kubernetes, every Prometheus has a sidecar, and the components of Thanos run as restricted pods", () => {
  const thanos = [...pods(prod)].filter(([name]) => name.startsWith("thanos-"));
  assert.deepEqual(thanos.map(([name]) => name).sort(), [
    "thanos-compactor",
    "thanos-query",
    "thanos-query-frontend",
    "thanos-store",
  ]);
  const prometheus = pods(prod).get("prometheus");
  assert.deepEqual(
    prometheus?.spec.containers.map(({ name }) => name),
    ["prometheus", "thanos-sidecar"],
  );
  for (const [name, { spec }] of [...thanos, ["prometheus", prometheus] as const].filter(
    (each): each is [string, NonNullable<typeof prometheus>] => each[1] !== undefined,
  ))
    assert.deepEqual(restrictedViolations(spec), [], name);
});

test("the sidecar shares the volume of its Prometheus and reaches it without the network", () => {
  const [, sidecar] = pods(prod).get("prometheus")?.spec.containers ?? [];
  assert.ok(sidecar?.command.includes("--prometheus.url=http://127.0.0.1:9090"));
  const mounts = (sidecar as unknown as { volumeMounts: { mountPath: string }[] }).volumeMounts;
  assert.deepEqual(mounts.map(({ mountPath }) => mountPath).sort(), [
    "/etc/secrets/thanos-sidecar/secrets",
    "/etc/thanos",
    "/prometheus",
  ]);

  const beside = container("thanos-sidecar");
  assert.ok(beside.command.includes("--prometheus.url=http://prometheus:9090"));
  assert.ok(beside.volumes.some(({ containerPath }) => containerPath === "/prometheus"));
  assert.equal(beside.user, container("prometheus").user);
});

test("Prometheus compacts only blocks that the sidecar has listed as uploaded", async () => {
  const flag = "--storage.tsdb.delay-compact-file.path=/prometheus/thanos.shipper.json";
  assert.ok(pods(prod).get("prometheus")?.spec.containers[0]?.command.includes(flag));
  assert.ok(container("prometheus").command.includes(flag));
  const without = pods(objectsOf(await registered(production()))).get("prometheus");
  assert.ok(!JSON.stringify(without).includes("delay-compact"));
});

test("queries have two replicas with a budget on Kubernetes, and the compactor has one", () => {
  const replicas = (name: string) =>
    prod.find(({ kind, metadata }) => ["Deployment", "StatefulSet"].includes(kind) && metadata.name === name)?.spec
      ?.replicas;
  assert.deepEqual(
    ["thanos-query", "thanos-query-frontend", "thanos-store", "thanos-compactor"].map(replicas),
    [2, 2, 1, 1],
  );
  const ofThanos = (kind: string) =>
    named(kind)
      .filter((name) => name.includes("thanos"))
      .sort();
  assert.deepEqual(ofThanos("PodDisruptionBudget"), ["thanos-query", "thanos-query-frontend"]);
  assert.deepEqual(ofThanos("PersistentVolumeClaim"), ["data-thanos-compactor-0", "data-thanos-store-0"]);
  assert.deepEqual(ofThanos("NetworkPolicy"), [
    "thanos-compactor",
    "thanos-query",
    "thanos-query-frontend",
    "thanos-store",
  ]);
});

test("store gateways share the bucket by age, and Query reads from all of them", async () => {
  const config = onKubernetes({ store: { splitAt: ["30d", "180d"] } });
  const all = pods(objectsOf(await registered(config)));
  const ages = (name: string) =>
    all.get(name)?.spec.containers[0]?.command.filter((word) => /^--(?:min|max)-time/.test(word));
  assert.deepEqual(ages("thanos-store"), ["--min-time=-30d"]);
  assert.deepEqual(ages("thanos-store-2"), ["--max-time=-30d", "--min-time=-180d"]);
  assert.deepEqual(ages("thanos-store-3"), ["--max-time=-180d"]);
  assert.deepEqual(
    all.get("thanos-query")?.spec.containers[0]?.command.filter((word) => word.startsWith("--endpoint=")),
    [
      "--endpoint=dns+prometheus-replicas:10901",
      "--endpoint=dns+thanos-store:10901",
      "--endpoint=dns+thanos-store-2:10901",
      "--endpoint=dns+thanos-store-3:10901",
    ],
  );
});

/** Files with a canary of the keys, as "carrier file". */
function withKeys(resources: Awaited<ReturnType<typeof registered>>): string[] {
  return resources
    .flatMap(({ type, name, inputs }) => {
      const uploads = (inputs["uploads"] ?? []) as { content: string }[];
      const data = type.endsWith(":Secret") ? Object.values(inputs["data"] as Record<string, string>) : [];
      const contents = [
        ...uploads.map(({ content }) => content),
        ...data.map((each) => `${Buffer.from(each, "base64")}`),
      ];
      const found = keys.filter((key) => contents.some((content) => content.includes(`${canary}-${key}`)));
      return found.length === 0 ? [] : [`${name.replace(/^.*?(?=thanos)/, "")} ${found.join(" ")}`];
    })
    .sort();
}

test("the keys of the bucket are only in files of the components that use it", async () => {
  for (const config of [onKubernetes(), onDocker()]) {
    const resources = await registered(config);
    assert.deepEqual(
      withKeys(resources),
      ["thanos-compactor", "thanos-sidecar", "thanos-store"].map((part) => `${part}-secrets ${keys.join(" ")}`),
    );
    const elsewhere = resources.filter(({ inputs }) => {
      const { data: _, uploads: __, ...rest } = inputs;
      return JSON.stringify(rest).includes(canary);
    });
    assert.deepEqual(elsewhere, []);
  }
});

test("with a role there are no keys, and the pods that use the bucket have an account", async () => {
  const config = onKubernetes({ objectStorage: { ...objectStorage, auth: "role" } });
  const withRole = { ...config, secrets: new Set([...config.secrets].filter((key) => !keys.includes(key))) };
  const resources = await registered(withRole);
  assert.deepEqual(withKeys(resources), []);
  const accounts = objectsOf(resources)
    .filter(({ kind }) => kind === "ServiceAccount")
    .map(({ metadata }) => metadata.name);
  assert.deepEqual(
    ["prometheus", "thanos-store", "thanos-compactor", "thanos-query"].filter((name) => accounts.includes(name)),
    ["prometheus", "thanos-store", "thanos-compactor"],
  );
});

test("NetworkPolicies allow exactly the connections of Thanos", async () => {
  const network = { egress: { objectStorage: ["10.9.0.0/16"] } };
  const found = await policies(onKubernetes({}, { network }));
  const lines = (direction: "ingress" | "egress") =>
    connections(found, direction)
      .filter((line) => /thanos|10901|10902|10\.9\./.test(line) && !/ 53(?:\/UDP)?$/.test(line))
      .sort();
  const inside = [
    "monitoring/grafana → monitoring/thanos-query-frontend 10902",
    "monitoring/prometheus → monitoring/prometheus 10902",
    "monitoring/prometheus → monitoring/thanos-compactor 10902",
    "monitoring/prometheus → monitoring/thanos-query 10902",
    "monitoring/prometheus → monitoring/thanos-query-frontend 10902",
    "monitoring/prometheus → monitoring/thanos-store 10902",
    "monitoring/thanos-query → monitoring/prometheus 10901",
    "monitoring/thanos-query → monitoring/thanos-store 10901",
    "monitoring/thanos-query-frontend → monitoring/thanos-query 10902",
  ];
  assert.deepEqual(lines("ingress"), inside);
  assert.deepEqual(
    lines("egress"),
    [
      ...inside,
      ...["prometheus", "thanos-compactor", "thanos-store"].map((part) => `monitoring/${part} → 10.9.0.0/16 443`),
    ].sort(),
  );
});

test("with network.tls, the components verify each other, and Grafana and Prometheus verify them", async () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-long-term-"));
  try {
    const network = { tls: (await InternalTls.create(folder)).settings() };
    const objects = objectsOf(await registered(onKubernetes({}, { network })));
    const commands = [...pods(objects)].flatMap(([, { spec }]) =>
      spec.containers
        .filter(({ name }) => name.startsWith("thanos-"))
        .map(({ name, command }) => {
          const directory = `/etc/secrets/${name}/internal-tls`;
          const flags = command.filter((word) => word.includes(directory)).map((word) => word.replace(directory, "…"));
          return `${name} ${flags.join(" ")}`;
        }),
    );
    const server =
      "--grpc-server-tls-cert=…/tls.crt --grpc-server-tls-key=…/tls.key --grpc-server-tls-client-ca=…/ca.pem";
    const client = "--grpc-client-tls-ca=…/ca.pem --grpc-client-tls-cert=…/tls.crt --grpc-client-tls-key=…/tls.key";
    assert.deepEqual(commands.sort(), [
      "thanos-compactor --http.config=…/web.yml",
      `thanos-query --http.config=…/web.yml ${client}`,
      "thanos-query-frontend --http.config=…/web.yml",
      `thanos-sidecar --http.config=…/web.yml ${server}`,
      `thanos-store --http.config=…/web.yml ${server}`,
    ]);
    const text = (name: string, file: string) =>
      objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === name)?.data?.[file] ?? "";
    assert.match(text("thanos-query-frontend-config", "downstream.yml"), /server_name: thanos\n/);
    assert.match(text("thanos-sidecar-config", "prometheus-client.yml"), /server_name: prometheus\n/);
    assert.match(
      text("grafana-provisioning", "datasources__white-room.yml"),
      /url: https:\/\/thanos-query-frontend:10902/,
    );
    const scrapes = text("prometheus-config", "prometheus.yml").split("- job_name: ");
    const ofThanos = scrapes.filter((job) => job.startsWith("thanos-"));
    assert.equal(ofThanos.length, 5);
    for (const job of ofThanos) assert.match(job, /scheme: https[\s\S]*server_name: thanos\n/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("without metrics.longTerm, or with enabled: false, there is no Thanos", async () => {
  for (const config of [production(), onKubernetes({ enabled: false }), stackConfig("dev")]) {
    const resources = await registered(config);
    assert.ok(!JSON.stringify(resources.map(({ name, inputs }) => [name, inputs["command"]])).includes("thanos"));
  }
});
