import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { images } from "../../../config/products/images.ts";
import { run } from "../../../scripts/lib/run-command.ts";
import { InternalTls } from "../../validate/internal-tls.ts";
import { eventually, RunningStack } from "../running-stack.ts";
import { EngineStack } from "./engine.ts";

/*
 * The web gateway with `network.tls` in its container, in front of a real Loki. Only these two are deployed; the tests send
 * Grafana's requests, because the sandbox has no image of Grafana.
 */

const engine = new EngineStack("sandbox", "tls");
const stack = new RunningStack(engine.name);
const folder = mkdtempSync(join(tmpdir(), "white-room-tls-gateway-"));
const components = ["ObservabilityStack", "Docker", "Secrets", "Logs", "WebGateway"].map((type) => `**:${type}::*`);
const deployed = ["docker-network", "loki", "loki-*", "web-gateway", "web-gateway-*"];
const targets = [...components, ...deployed.map((name) => `**::observability-${name}`)].flatMap((urn) => [
  "--target",
  urn,
]);

let tls: InternalTls;
let address = "";

const values = (used: InternalTls) => ({
  network: { tls: used.settings() },
  visualization: { enabled: true },
  images: { mirror: "white-room.invalid", grafana: images.prometheus },
});

before(async () => {
  tls = await InternalTls.create(folder);
  await engine.create(values(tls));
  engine.setSecret("internalTlsKey", tls.key);
  for (const key of ["pagerdutyCriticalKey", "pagerdutyHighKey"]) engine.setSecret(key, "not used");
  await up();
});

after(async () => {
  await engine.operation(["destroy", "--yes", "--skip-preview"]);
  await run("docker", ["volume", "rm", "--force", stack.container("loki-data")]);
  rmSync(folder, { recursive: true });
});

async function up(): Promise<void> {
  const { code, output } = await engine.operation(["up", "--yes", "--skip-preview", ...targets]);
  assert.equal(code, 0, output);
  address = await stack.inspect("web-gateway", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
}

interface Answer {
  readonly status: number;
  readonly serialNumber: string;
}

function answerOf(options: RequestOptions): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const asked = request(options, (response) => {
    const { serialNumber } = (response.socket as TLSSocket).getPeerCertificate();
    response.resume().on("end", () => resolve({ status: response.statusCode ?? 0, serialNumber }));
  });
  asked.on("error", reject).end();
  return promise;
}

/** Sends a request like Grafana's, with the stack's certificate unless another is given. */
function ask(path: string, client: { cert?: string; key?: string } = { cert: tls.certificate, key: tls.key }) {
  const headers = { host: "web-gateway:3100" };
  return answerOf({
    host: address,
    port: 3100,
    path,
    headers,
    ca: tls.ca,
    servername: "loki",
    agent: false,
    ...client,
  });
}

test("the container is healthy, and queries reach Loki", async () => {
  assert.ok(await stack.isHealthy("web-gateway"));
  await eventually("an answer of Loki", 60, async () => (await ask("/loki/api/v1/labels")).status === 200);
});

test("admin routes are refused, and Loki keeps running", async () => {
  for (const path of ["/ingester/shutdown", "/flush", "/config", "/loki/api/v1/delete", "/log_level"])
    assert.equal((await ask(path)).status, 403, path);
  assert.equal((await ask("/loki/api/v1/labels")).status, 200);
});

test("clients need a certificate of the stack", async () => {
  const stranger = await InternalTls.create(join(folder, "stranger"));
  const others = [{}, { cert: stranger.certificate, key: stranger.key }];
  for (const client of others) await assert.rejects(ask("/loki/api/v1/labels", client));
});

test("it publishes no port; Loki, which requires a certificate itself, publishes its own on loopback", async () => {
  const format = "{{.Names}} {{.Ports}}";
  const ports = await run("docker", ["ps", "--filter", `name=^${stack.container("")}`, "--format", format]);
  assert.deepEqual(
    ports.split("\n").filter((line) => line.includes("->")),
    [`${stack.container("loki")} 127.0.0.1:3100->3100/tcp`],
  );
  const client = { cert: tls.certificate, key: tls.key, ca: tls.ca, servername: "loki", agent: false };
  const published = (options: object) => answerOf({ host: "127.0.0.1", port: 3100, path: "/ready", ...options });
  assert.equal((await published(client)).status, 200);
  await assert.rejects(published({ ca: tls.ca, servername: "loki", agent: false }));
});

test("a renewed certificate with its key is served", async () => {
  const renewed = await tls.renew();
  assert.notEqual(renewed.serialNumber, tls.serialNumber);
  engine.change(values(renewed));
  engine.setSecret("internalTlsKey", renewed.key);
  await up();
  tls = renewed;
  await eventually("the renewed certificate", 60, async () => {
    const { status, serialNumber } = await ask("/loki/api/v1/labels");
    return status === 200 && serialNumber === renewed.serialNumber;
  });
});
