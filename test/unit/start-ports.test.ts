import assert from "node:assert/strict";
import { createServer } from "node:net";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { registryHost } from "../../scripts/start/container-images.ts";
import { isOwn, parseContainers, portProblems } from "../../scripts/start/published-ports.ts";

const base = { platform: "docker", environment: "dev", demo: { enabled: true } };
const settings = toSettings({ stack: "dev", values: base, secrets: new Set() });
const stack = {
  name: "dev",
  runner: "engine",
  setCommand: (path: string, value: string | number) => `${path}=${value}`,
} as const;
const free = async () => undefined;

const engine = "white-room.workload=prometheus,white-room.service=prometheus";
const compose = `${engine},com.docker.compose.project=white-room-sandbox`;

test("docker ps is parsed: names, ranges, both address families and labels", () => {
  const rows = `a\t0.0.0.0:80->80/tcp, [::]:80->80/tcp, 127.0.0.1:8000-8002->9000-9002/tcp, 5432/tcp\tx=1,y=a=b\nb\t\t\n`;
  assert.deepEqual(parseContainers(rows), [
    { name: "a", ports: [80, 8000, 8001, 8002], labels: { x: "1", y: "a" } },
    { name: "b", ports: [], labels: { "": undefined } },
  ]);
});

test("free ports are no problem", async () => {
  assert.deepEqual(await portProblems(settings, stack, [], free), []);
});

test("ports of the stack's own containers are no problem", async () => {
  const containers = parseContainers(`white-room-dev-prometheus\t127.0.0.1:9090->9090/tcp\t${engine}\n`);
  assert.deepEqual(
    await portProblems(settings, stack, containers, async (_, port) => (port === 9090 ? "EADDRINUSE" : undefined)),
    [],
  );
});

test("ports in use are reported with how to stop the program and the key to change the port", async () => {
  const containers = parseContainers(
    [
      `white-room-sandbox-prometheus\t127.0.0.1:9090->9090/tcp\t${compose}`,
      `white-room-sandbox-loki\t127.0.0.1:3100->3100/tcp\t${compose.replaceAll("prometheus", "loki")}`,
      `white-room-other-prometheus\t127.0.0.1:9093->9090/tcp\t${engine}`,
      "database\t0.0.0.0:9187->5432/tcp\tmaintainer=me",
      "",
    ].join("\n"),
  );
  const bind = async (_: string, port: number) => (port === 3000 ? "EADDRINUSE" : undefined);
  assert.deepEqual(await portProblems(settings, stack, containers, bind), [
    "port 3000 (visualization.port) is in use by another program. Stop it, or choose another port: visualization.port=13000",
    "port 9187 (exporters.postgres.port) is in use by container database. Stop it (docker stop database), or choose another port: exporters.postgres.port=19187",
    "ports 9090, 3100: in use by the sandbox. Stop it (./start.sh --stop --sandbox), or choose other ports: metrics.port=19090, and so on",
    "port 9093: in use by stack other. Stop it (./start.sh --stop --stack other), or choose other ports: metrics.port=19090, and so on",
  ]);
});

test("an address that this machine does not have is reported once", async () => {
  assert.deepEqual(await portProblems(settings, stack, [], async () => "EADDRNOTAVAIL"), [
    "network.bindAddress: this machine has no address 127.0.0.1; run network.bindAddress=127.0.0.1",
  ]);
});

test("the address of a component is checked only for its ports", async () => {
  const values = { ...base, network: { bindAddresses: { grafana: "10.0.0.5" } } };
  const bind = async (address: string) => (address === "10.0.0.5" ? "EADDRNOTAVAIL" : undefined);
  assert.deepEqual(await portProblems(toSettings({ stack: "dev", values, secrets: new Set() }), stack, [], bind), [
    "network.bindAddresses.grafana: this machine has no address 10.0.0.5; run network.bindAddresses.grafana=127.0.0.1",
  ]);
});

test("a port in use is detected", async () => {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  const values = {
    ...base,
    demo: { enabled: false },
    metrics: { port },
    alerting: { enabled: false },
    logs: { enabled: false },
    visualization: { enabled: false },
    exporters: Object.fromEntries(
      ["node", "cadvisor", "postgres", "redis", "nginx"].map((part) => [part, { enabled: false }]),
    ),
  };
  const problems = await portProblems(toSettings({ stack: "dev", values, secrets: new Set() }), stack, []);
  server.close();
  assert.equal(problems.length, 1);
  assert.match(problems[0] ?? "", new RegExp(`^port ${port} \\(metrics\\.port\\) is in use by another program\\.`));
});

test("a container belongs to a stack by its name and the program that runs it", () => {
  const [own] = parseContainers(`white-room-sandbox-prometheus\t\t${compose}\n`);
  assert.ok(own);
  assert.equal(isOwn(own, { name: "sandbox", runner: "compose" }), true);
  assert.equal(isOwn(own, { name: "sandbox", runner: "engine" }), false);
  assert.equal(isOwn(own, { name: "dev", runner: "compose" }), false);
});

test("references are resolved to the host that serves them", () => {
  assert.equal(registryHost("docker.io/grafana/loki:3.7.8"), "registry-1.docker.io");
  assert.equal(registryHost("registry.example.com:5000/mirror/grafana/loki:3.7.8"), "registry.example.com:5000");
});
