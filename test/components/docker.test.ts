import assert from "node:assert/strict";
import { test } from "node:test";
import { canary, registered, stackConfig } from "./stack.ts";

type Inputs = Record<string, unknown>;
const resources = await registered(stackConfig("sandbox"));
const containers = resources.filter(({ type }) => type === "docker:index/container:Container");
const isCarrier = ({ inputs }: { inputs: Inputs }) => JSON.stringify(inputs["labels"]).includes("white-room.carrier");
const services = containers.filter((container) => !isCarrier(container));

test("the sandbox registers exactly these containers", () => {
  assert.deepEqual(
    services.map(({ name }) => name),
    [
      "alertmanager",
      "cadvisor",
      "collector",
      "demo-nginx",
      "demo-postgres",
      "demo-redis",
      "demo-simulator",
      "demo-sinks",
      "loki",
      "nginx-exporter-demo",
      "node-exporter",
      "postgres-exporter-demo",
      "prometheus",
      "redis-exporter-demo",
    ],
  );
});

test("every service is unprivileged: read-only root, no capability, no way to gain any", () => {
  const exceptions = services.flatMap(({ name, inputs }) => {
    const { drops, adds } = inputs["capabilities"] as { drops: string[]; adds: string[] };
    assert.deepEqual(drops, ["ALL"], name);
    assert.deepEqual(inputs["securityOpts"], ["no-new-privileges:true"], name);
    return [
      ...(inputs["readOnly"] ? [] : [`${name} writes its root file system`]),
      ...(String(inputs["user"]).startsWith("0:") ? [`${name} runs as root`] : []),
      ...adds.map((capability) => `${name} has ${capability}`),
    ];
  });
  assert.deepEqual(exceptions, [
    "cadvisor runs as root",
    "collector runs as root",
    "collector has CAP_DAC_READ_SEARCH",
    "demo-postgres writes its root file system",
  ]);
});

test("every service has a memory limit without swap, and their sum without the demo stays within 3 GiB", () => {
  const sum = services
    .filter(({ name }) => !name.startsWith("demo-"))
    .reduce((total, { name, inputs }) => {
      assert.equal(inputs["memorySwap"], inputs["memory"], name);
      return total + Number(inputs["memory"]);
    }, 0);
  assert.ok(sum <= 3 * 1024, `${sum} MiB`);
});

test("ports are published on loopback only", () => {
  const addresses = services.flatMap(({ inputs }) => (inputs["ports"] as { ip: string }[]).map(({ ip }) => ip));
  assert.deepEqual(new Set(addresses), new Set(["127.0.0.1"]));
});

test("a service has a health check wherever its image has a program that could ask", () => {
  const without = services.filter(({ inputs }) => inputs["healthcheck"] === undefined).map(({ name }) => name);
  assert.deepEqual(without, ["nginx-exporter-demo"]);
});

test("a secret is nowhere but in the files of carriers that are marked secret", () => {
  const leaks = resources.flatMap(({ type, name, inputs, secret }) => {
    const { uploads, ...rest } = inputs;
    const inFiles = JSON.stringify(uploads ?? "").includes(canary);
    return [
      ...(JSON.stringify(rest).includes(canary) ? [`${type} ${name}: inputs`] : []),
      ...(inFiles && !secret ? [`${type} ${name}: files`] : []),
    ];
  });
  assert.deepEqual(leaks, []);
  assert.ok(
    containers.some(({ inputs }) => JSON.stringify(inputs["uploads"] ?? "").includes(canary)),
    "no file carries any secret",
  );
});

test("data that matters is kept when the stack goes, and volumes carry no label that could change", () => {
  const volumes = resources.filter(({ type }) => type === "docker:index/volume:Volume");
  assert.deepEqual(
    volumes.filter(({ inputs }) => inputs["labels"] !== undefined),
    [],
  );
  assert.ok(volumes.some(({ name }) => name === "prometheus-data"));
});

test("the same config registers the same bytes", async () => {
  assert.deepEqual(await registered(stackConfig("sandbox")), resources);
});

test("a part that is off has no workload", async () => {
  const off = await registered(
    stackConfig("sandbox", {
      logs: { enabled: false },
      alerting: { enabled: false },
      demo: { enabled: false },
      exporters: { cadvisor: { enabled: false } },
    }),
  );
  const names = off
    .filter(({ type, inputs }) => type === "docker:index/container:Container" && !isCarrier({ inputs }))
    .map(({ name }) => name);
  assert.deepEqual(names, ["node-exporter", "prometheus"]);
});
