import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { renderGrafana } from "../../config/products/grafana/grafana.ts";
import { renderWebGateway } from "../../config/products/web-gateway/web-gateway.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needsHaproxy } from "../binaries.ts";
import { registered, stackConfig } from "../components/stack.ts";
import type { Program } from "../logs/programs.ts";
import { startLoki } from "../logs/stack.ts";
import { send, startHaproxy } from "./haproxy.ts";

const config = stackConfig("dev", {
  network: { publicHost: "monitoring.example.com" },
  alerting: { externalUrl: "https://alerts.example.com/" },
});
const settings = toSettings(config, { requireSecrets: false });
const names = ["prometheus", "alertmanager", "loki", "blackbox"] as const;

/* What browsers and users of Grafana can send to the published ports, through the real HAProxy with the stack's rules. */
describe("web gateway", needsHaproxy("loki"), () => {
  const directory = mkdtempSync(join(tmpdir(), "white-room-security-gateway-"));
  const reached: string[] = [];
  const ports = new Map<string, number>();
  let server: Server;
  let loki: Program;
  let gateway: Program;

  before(async () => {
    server = createServer(({ method, url }, response) => {
      reached.push(`${method} ${url}`);
      response.end("reached");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const fake = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    loki = await startLoki(directory, await freePort());
    const metrics = await freePort();
    for (const name of names) ports.set(name, await freePort());
    const files = renderWebGateway(settings, {
      metrics: `127.0.0.1:${metrics}`,
      listen: Object.fromEntries([...ports].map(([name, port]) => [name, `127.0.0.1:${port}`])),
      servers: { prometheus: fake, alertmanager: fake, blackbox: fake, loki: new URL(loki.url).host },
    });
    gateway = await startHaproxy(directory, files, metrics);
  });

  after(async () => {
    await gateway?.stop("SIGKILL");
    await loki?.stop("SIGKILL");
    server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const ask = (
    name: (typeof names)[number],
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body = "",
  ) => send({ port: ports.get(name) ?? 0 }, method, path, { headers: { host: "localhost:9090", ...headers }, body });
  const status = async (...request: Parameters<typeof ask>) => (await ask(...request)).status;

  test("a website that points its own name at the port is rejected (DNS rebinding)", async () => {
    const hosts = [
      "evil.example",
      "evil.example:9093",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "127.0.0.1.",
      "1.2.3.4x",
      "[::1].evil.example",
      "xlocalhost",
      "monitoring.example.com.evil.example",
      "evil.example#localhost",
      "evil.example@localhost:9090",
    ];
    reached.length = 0;
    for (const name of names)
      for (const host of hosts) {
        const answer = await status(name, "GET", "/api/v2/status", { host });
        assert.ok(answer === 421 || answer === 400, `${name} answers ${answer} to "${host}"`);
      }
    assert.deepEqual(reached, []);
  });

  test("names of the stack and IP addresses are not", async () => {
    const common = ["localhost", "LOCALHOST:9090", "127.0.0.1:9090", "10.0.0.5", "[::1]:9090", "[2001:db8::7]"];
    for (const host of [...common, "prometheus:9090", "web-gateway:9090", "monitoring.example.com"])
      assert.equal(await status("prometheus", "GET", "/", { host }), 200, host);
    for (const host of [...common, "alertmanager:9093", "alerts.example.com"])
      assert.equal(await status("alertmanager", "GET", "/", { host }), 200, host);
    for (const host of [...common, "loki", "web-gateway:3100", "monitoring.example.com:3100"])
      assert.equal(await status("loki", "GET", "/ready", { host }), 200, host);
    // The name of another component is rejected.
    assert.equal(await status("prometheus", "GET", "/", { host: "alerts.example.com" }), 421);
  });

  test("requests from other websites are rejected, including those on other ports of this host", async () => {
    reached.length = 0;
    const origins = [
      "https://evil.example",
      "null",
      "http://localhost",
      "http://localhost:8080",
      "http://127.0.0.1:9090",
      "http://xlocalhost:9090",
      "http://localhost:9090.evil.example",
      "evil://localhost:9090",
      "https://evil.example/http://localhost:9090",
    ];
    for (const origin of origins)
      for (const name of names)
        assert.equal(await status(name, "POST", "/api/v2/silences", { origin }), 403, `${name} ${origin}`);
    assert.deepEqual(reached, []);
    for (const origin of ["http://localhost:9090", "https://localhost:9090", "HTTP://LOCALHOST:9090"])
      assert.equal(await status("alertmanager", "POST", "/api/v2/silences", { origin }), 200, origin);
    // Reload requests and scripts send no Origin header.
    assert.equal(await status("alertmanager", "POST", "/-/reload"), 200);
  });

  test("Loki's admin routes, deletion, pushes and config are rejected, and Loki keeps running", async () => {
    const now = `${Date.now()}000000`;
    const push = JSON.stringify({ streams: [{ stream: { job: "evil" }, values: [[now, "invented"]] }] });
    const json = { "content-type": "application/json" };
    const requests: Parameters<typeof ask>[] = [
      ["loki", "GET", "/ingester/shutdown"],
      ["loki", "POST", "/ingester/shutdown"],
      ["loki", "GET", "/ingester/shutdown?flush=false&terminate=true"],
      ["loki", "GET", "/ingester/prepare_shutdown"],
      ["loki", "POST", "/ingester/prepare_shutdown"],
      ["loki", "GET", "/flush"],
      ["loki", "POST", "/flush"],
      ["loki", "POST", "/loki/api/v1/delete?query=%7Bjob%3D~%22.%2B%22%7D&start=0"],
      ["loki", "PUT", "/loki/api/v1/delete?query=%7Bjob%3D~%22.%2B%22%7D&start=0"],
      ["loki", "GET", "/loki/api/v1/delete"],
      ["loki", "DELETE", "/loki/api/v1/delete?request_id=1"],
      ["loki", "GET", "/config"],
      ["loki", "GET", "/services"],
      ["loki", "GET", "/log_level"],
      ["loki", "POST", "/log_level?log_level=debug"],
      ["loki", "GET", "/ring"],
      ["loki", "POST", "/ring"],
      ["loki", "GET", "/debug/pprof/profile?seconds=60"],
      ["loki", "POST", "/loki/api/v1/rules/evil"],
      ["loki", "DELETE", "/loki/api/v1/rules/logs"],
      ["loki", "POST", "/loki/api/v1/push", json, push],
      ["loki", "POST", "/api/prom/push", json, push],
      ["loki", "POST", "/otlp/v1/logs", json, push],
      ["loki", "GET", "/loki/api/v1/query/../../../ingester/shutdown"],
      ["loki", "GET", "/loki/api/v1/label/..%2f..%2f..%2f..%2fingester%2fshutdown/values"],
      ["loki", "GET", "//ingester/shutdown"],
      ["loki", "GET", "/ingester/shutdown?/loki/api/v1/query"],
      ["loki", "GET", "/%69ngester/shutdown"],
    ];
    for (const request of requests) assert.equal(await status(...request), 403, request.slice(1, 3).join(" "));
    assert.equal((await fetch(`${loki.url}/ready`)).status, 200);
    const query = `/loki/api/v1/query_range?query=${encodeURIComponent('{job="evil"}')}`;
    assert.deepEqual(JSON.parse((await ask("loki", "GET", query)).text).data.result, []);
  });

  test("what Grafana and verify ask of Loki gets through", async () => {
    const query = "query=vector(1)%2Bvector(1)";
    const all = `query=${encodeURIComponent('{job=~".+"}')}`;
    for (const path of [
      `query?${query}`,
      `query_range?${all}`,
      "labels",
      "label/job/values",
      "series?match[]=%7Bjob%3D~%22.%2B%22%7D",
      `index/stats?${all}`,
      `index/volume?${all}`,
      `index/volume_range?${all}`,
      "status/buildinfo",
    ])
      assert.equal(await status("loki", "GET", `/loki/api/v1/${path}`), 200, path);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    assert.equal(await status("loki", "POST", "/loki/api/v1/query", form, query), 200);
    assert.equal(await status("loki", "GET", "/prometheus/api/v1/rules"), 200);
  });

  test("nobody outside the stack sends the credentials of a probe to an address of their choice", async () => {
    reached.length = 0;
    for (const path of [
      "/probe?target=https%3A%2F%2Fevil.example&module=demo",
      "/probe",
      "//probe?module=demo",
      "/%70robe?module=demo",
      "/config",
      "/-/reload",
      "/debug/pprof/heap",
    ])
      assert.equal(await status("blackbox", "GET", path), 403, path);
    assert.equal(await status("blackbox", "POST", "/-/healthy"), 403);
    assert.deepEqual(reached, []);
    for (const path of ["/", "/metrics", "/logs?id=7", "/-/healthy"])
      assert.equal(await status("blackbox", "GET", path), 200, path);
  });

  test("rejected requests are logged", () => {
    assert.match(gateway.output(), /loki refused or failed: GET \/ingester\/shutdown, status 403/);
    assert.match(gateway.output(), /alertmanager refused or failed: GET \/api\/v2\/status, status 421/);
    assert.doesNotMatch(gateway.output(), /status 200/);
  });
});

test("only the gateway publishes these ports, and Grafana reaches Loki through it", async () => {
  const containers = (await registered(config)).filter(({ type }) => type.endsWith(":Container"));
  const publishing = containers.flatMap(({ name, inputs }) =>
    ((inputs["ports"] ?? []) as { external: number }[]).map(({ external }) => [external, name] as const),
  );
  for (const port of [9090, 9093, 3100, 9115])
    assert.deepEqual(
      publishing.filter(([external]) => external === port).map(([, name]) => name),
      ["web-gateway"],
    );
  const [sources] = renderGrafana(settings);
  assert.match(sources?.content ?? "", /url: http:\/\/web-gateway:3100/);
});
