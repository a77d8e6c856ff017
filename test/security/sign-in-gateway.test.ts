import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { certificateFiles } from "../../config/products/sign-in-gateway/caddyfile.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { needs } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { RunningGateway } from "./sign-in-gateway.ts";

const passwords = { alice: "canary-7f3a-alice", bob: "canary-7f3a-bob" };
const alice = { user: "alice", password: passwords.alice };

function settingsOf(port: number, gateway: object = {}): Settings {
  const network = { gateway: { enabled: true, port, users: ["alice", "bob"], ...gateway } };
  return toSettings(stackConfig("dev", { network }), { requireSecrets: false });
}

/* Who gets through the gateway, what the programs behind it see, and what changes without a restart. */
describe("sign-in gateway", needs("caddy", "prometheus"), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-sign-in-"));
  const reached: string[] = [];
  let gateway: RunningGateway;
  let prometheus: Program;
  let server: Server;
  let port: number;
  let servers: Record<string, string>;

  before(async () => {
    server = createServer(({ method, url, headers }, response) => {
      reached.push(`${method} ${url} ${headers.host} ${headers.authorization}`);
      response.end("reached");
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const standIn = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    port = await freePort();
    const own = await freePort();
    writeFileSync(join(folder, "prometheus.yml"), "global: {}\n");
    prometheus = await start(
      "prometheus",
      [
        `--config.file=${join(folder, "prometheus.yml")}`,
        `--storage.tsdb.path=${join(folder, "tsdb")}`,
        `--web.listen-address=127.0.0.1:${own}`,
        // As components/metrics.ts sets them.
        `--web.external-url=https://localhost:${port}/prometheus`,
        "--web.route-prefix=/",
      ],
      `http://127.0.0.1:${own}`,
      "/-/ready",
    );
    servers = {
      ...Object.fromEntries(
        [
          "web-gateway:9093",
          "web-gateway:3100",
          "web-gateway:9115",
          "web-gateway:16686",
          "demo-simulator:8009",
          "demo-sinks:8025",
          "grafana:3000",
        ].map((name) => [name, standIn]),
      ),
      "web-gateway:9090": `127.0.0.1:${own}`,
    };
    gateway = await RunningGateway.create(folder, port);
    gateway.configure(settingsOf(port), passwords, { servers });
    await gateway.start();
    await until(
      "the certificate is issued",
      () =>
        gateway.ask("/").then(
          () => true,
          () => false,
        ),
      15,
    );
  });

  after(async () => {
    await gateway?.stop();
    await prometheus?.stop("SIGKILL");
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const pages = [
    "/",
    "/d/white-room-home",
    "/prometheus/",
    "/alertmanager/",
    "/loki/ready",
    "/blackbox/",
    "/jaeger/search",
    "/demo/",
    "/notifications",
  ];

  test("every page requires a password of its users", async () => {
    reached.length = 0;
    for (const path of [...pages, "/prometheus/api/v1/query?query=1", "//prometheus/", "/%70rometheus/", "/unknown"]) {
      const answer = await gateway.ask(path);
      assert.equal(answer.status, 401, path);
      assert.equal(answer.headers["www-authenticate"], 'Basic realm="monitoring"');
    }
    const wrong = [
      { user: "alice", password: "wrong" },
      { user: "alice", password: passwords.bob },
      { user: "alice", password: "" },
      { user: "mallory", password: passwords.alice },
    ];
    for (const ask of wrong) assert.equal((await gateway.ask("/", ask)).status, 401, JSON.stringify(ask));
    for (const authorization of ["Bearer glsa_x", "Basic", "Basic !"])
      assert.equal((await gateway.ask("/", { headers: { authorization } })).status, 401, authorization);
    assert.deepEqual(reached, []);
  });

  test("a user gets every page, and programs do not see the password", async () => {
    reached.length = 0;
    for (const path of pages) {
      const { status } = await gateway.ask(path, alice);
      assert.ok(status === 200 || (path === "/prometheus/" && status === 302), `${path}: ${status}`);
    }
    assert.equal((await gateway.ask("/", { user: "bob", password: passwords.bob })).status, 200);
    assert.deepEqual(reached, [
      `GET / localhost:${port} undefined`,
      `GET /d/white-room-home localhost:${port} undefined`,
      // Without their prefix.
      `GET / localhost:${port} undefined`,
      `GET /ready localhost:${port} undefined`,
      `GET / localhost:${port} undefined`,
      `GET /jaeger/search localhost:${port} undefined`,
      `GET / localhost:${port} undefined`,
      `GET /notifications localhost:${port} undefined`,
      `GET / localhost:${port} undefined`,
    ]);
  });

  test("Prometheus works below its path: redirects, API and its own links", async () => {
    assert.equal((await gateway.ask("/prometheus")).headers.location, "/prometheus/");
    assert.equal((await gateway.ask("/prometheus/", alice)).headers.location, "/prometheus/query");
    const query = await gateway.ask("/prometheus/api/v1/query?query=vector(7)", alice);
    assert.deepEqual(JSON.parse(query.text).data.result[0].value[1], "7");
    // Inside the stack, its paths have no prefix.
    assert.equal((await fetch(`${prometheus.url}/api/v1/query?query=1`)).status, 200);
  });

  test("requests from other websites are rejected, although browsers add the password", async () => {
    reached.length = 0;
    for (const origin of [
      "https://evil.example",
      "null",
      "https://localhost",
      `http://localhost:${port}`,
      "https://localhost:1",
    ])
      for (const path of pages)
        assert.equal(
          (await gateway.ask(path, { ...alice, method: "POST", headers: { origin } })).status,
          403,
          `${origin} ${path}`,
        );
    assert.deepEqual(reached, []);
    const own = { ...alice, method: "POST", headers: { origin: `https://localhost:${port}` } };
    assert.equal((await gateway.ask("/alertmanager/api/v2/silences", own)).status, 200);
  });

  test("other host names get no page (DNS rebinding)", async () => {
    reached.length = 0;
    await assert.rejects(gateway.ask("/", { ...alice, servername: "evil.example" }));
    const answer = await gateway.ask("/", { ...alice, headers: { host: "evil.example" } });
    assert.doesNotMatch(answer.text, /reached/);
    assert.deepEqual(reached, []);
  });

  test("plain HTTP and Caddy's admin API are not served", async () => {
    const plain = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    assert.ok(plain === undefined || plain.status === 400);
    assert.equal(await connects(2019), false);
    assert.equal((await fetch(`http://${gateway.metrics}/config/`)).status, 404);
  });

  test("a new password, a new user and a removed one take effect without a restart", async () => {
    const started = /^process_start_time_seconds (.*)$/m;
    const metrics = async () => (await fetch(`http://${gateway.metrics}/metrics`)).text();
    const before = started.exec(await metrics())?.[1];
    const changed = { alice: "another-password", carol: "password-of-carol" };
    gateway.configure(settingsOf(port), changed, { servers });
    await until(
      "the new password is accepted",
      async () => (await gateway.ask("/", { user: "alice", password: "another-password" })).status === 200,
      15,
    );
    assert.equal((await gateway.ask("/", { user: "carol", password: "password-of-carol" })).status, 200);
    assert.equal((await gateway.ask("/", alice)).status, 401);
    assert.equal((await gateway.ask("/", { user: "bob", password: passwords.bob })).status, 401);
    assert.equal(started.exec(await metrics())?.[1], before);
    assert.match(await metrics(), /^caddy_http_requests_total\{/m);
    gateway.configure(settingsOf(port), passwords, { servers });
    await until("the old password is accepted again", async () => (await gateway.ask("/", alice)).status === 200, 15);
  });

  test("requests that are under way survive a change", async () => {
    const open: ServerResponse[] = [];
    const slow = createServer((_, response) => {
      response.write("first ");
      open.push(response);
    });
    await new Promise<void>((resolve) => slow.listen(0, "127.0.0.1", resolve));
    const address = `127.0.0.1:${(slow.address() as AddressInfo).port}`;
    const quick = () =>
      Promise.race([
        gateway.ask("/", alice).then(({ text }) => text),
        new Promise((resolve) => setTimeout(resolve, 500)),
      ]);
    gateway.configure(settingsOf(port), passwords, { servers: { ...servers, "grafana:3000": address } });
    await until("the page is the slow one", async () => (await quick()) === undefined, 15);
    const answer = gateway.ask("/", alice);
    await until("the slow page has begun", async () => open.length > 1, 15);
    gateway.configure(settingsOf(port), passwords, { servers });
    await until("the page is the quick one", async () => (await quick()) === "reached", 15);
    for (const response of open) response.end("second");
    assert.equal((await answer).text, "first second");
    slow.close();
  });

  test("with grafanaSignIn: own, only Grafana is open and gets its tokens", async () => {
    gateway.configure(settingsOf(port, { grafanaSignIn: "own" }), passwords, { servers });
    await until("Grafana is open", async () => (await gateway.ask("/")).status === 200, 15);
    reached.length = 0;
    await gateway.ask("/api/user", { headers: { authorization: "Bearer glsa_token" } });
    assert.deepEqual(reached, [`GET /api/user localhost:${port} Bearer glsa_token`]);
    for (const path of [
      "/prometheus/",
      "/alertmanager/",
      "/loki/ready",
      "/blackbox/",
      "/jaeger/search",
      "/demo/",
      "/notifications",
    ])
      assert.equal((await gateway.ask(path)).status, 401, path);
  });

  test("with tls: files, a renewed certificate is served without a restart", async () => {
    const served: string[] = [];
    for (const name of ["first", "renewed"]) {
      const { certificate, key } = await selfSigned(folder, name);
      const settings = settingsOf(port, { tls: "files", certificate });
      const { fingerprint256 } = new X509Certificate(certificate);
      gateway.configure(settings, passwords, { servers, key: { path: certificateFiles(settings).key, content: key } });
      await until(
        `the ${name} certificate is served`,
        async () => (await gateway.ask("/", alice).catch(() => undefined))?.fingerprint === fingerprint256,
        15,
      );
      served.push(fingerprint256);
    }
    assert.equal(new Set(served).size, 2);
    assert.equal((await gateway.ask("/", alice)).headers["strict-transport-security"], "max-age=31536000");
  });

  test("rejected requests are logged, passwords are not", () => {
    assert.match(gateway.output(), /"uri":"\/d\/white-room-home".*"status":401/);
    assert.match(gateway.output(), /"Request of another website".*"status":403/);
    assert.doesNotMatch(gateway.output(), /"status":200/);
    assert.doesNotMatch(gateway.output(), /canary-7f3a/);
    for (const password of Object.values(passwords))
      assert.ok(!gateway.output().includes(btoa(`alice:${password}`).replace(/=+$/, "")));
    assert.doesNotMatch(gateway.output(), /deprecated/);
  });
});

/** Whether a port of this machine accepts connections. */
function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("close", () => socket.destroy());
  });
}

async function selfSigned(folder: string, name: string): Promise<{ certificate: string; key: string }> {
  const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.crt`)];
  await run("openssl", [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", `/CN=${name}`],
    ...["-addext", "subjectAltName=DNS:localhost", "-days", "30", "-keyout", key, "-out", file],
  ]);
  return { certificate: readFileSync(file, "utf8"), key: readFileSync(key, "utf8") };
}
