import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { connect, createServer as createHttp2Server, type Http2Server } from "node:http2";
import { connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { onAllAddresses } from "../../config/products/haproxy.ts";
import { renderSocketProxy } from "../../config/products/socket-proxy/socket-proxy.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needsHaproxy } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { serveDocker } from "../logs/docker-api.ts";
import { storedEntries } from "../logs/loki-query.ts";
import { needsCollectors } from "../logs/needs.ts";
import { type Program, until } from "../logs/programs.ts";
import { CollectorUnderTest, collectors, logSettings, startLoki } from "../logs/stack.ts";
import { send, startHaproxy } from "./haproxy.ts";

const settings = toSettings(stackConfig("dev"), { requireSecrets: false });
const id = "0123456789abcdef".repeat(4);

/* What a compromised collector or cAdvisor can request from Docker, through the real HAProxy with the rules of the stack. */
describe("socket proxy", needsHaproxy(), () => {
  const directory = mkdtempSync(join(tmpdir(), "white-room-security-socket-"));
  const places = {
    docker: join(directory, "host-docker.sock"),
    containerd: join(directory, "host-containerd.sock"),
    proxiedDocker: join(directory, "docker.sock"),
    proxiedContainerd: join(directory, "containerd.sock"),
  };
  const reached: string[] = [];
  let docker: Server;
  let containerd: Http2Server;
  let proxy: Program;

  before(async () => {
    docker = createServer(({ method, url = "" }, response) => {
      reached.push(`${method} ${url}`);
      if (url.includes("follow=true")) response.write("Docker");
      else response.end("Docker");
    }).listen(places.docker);
    containerd = createHttp2Server()
      .on("stream", (stream, headers) => {
        reached.push(`${headers[":method"]} ${headers[":path"]}`);
        stream.respond({ ":status": 200 });
        stream.end("containerd");
      })
      .listen(places.containerd);
    const metrics = await freePort();
    const files = renderSocketProxy(settings, { ...places, metrics: `127.0.0.1:${metrics}` });
    proxy = await startHaproxy(directory, files, metrics);
  });

  after(async () => {
    await proxy?.stop("SIGKILL");
    docker.closeAllConnections();
    for (const server of [docker, containerd]) server.close();
    rmSync(directory, { recursive: true, force: true });
  });

  /** Sends requests to Docker; returns those that got through, and the statuses of all. */
  async function outcome(requests: readonly (readonly [method: string, path: string])[]) {
    reached.length = 0;
    const statuses: (number | undefined)[] = [];
    for (const [method, path] of requests)
      statuses.push((await send({ socketPath: places.proxiedDocker }, method, path)).status);
    return { statuses: [...new Set(statuses)], reached: [...reached] };
  }

  test("what the collector and cAdvisor read gets through", async () => {
    const requests = [
      ["HEAD", "/_ping"],
      ["GET", "/_ping"],
      ["GET", "/version"],
      ["GET", "/v1.54/info"],
      ["GET", "/v1.41/networks"],
      ["GET", "/v1.24/containers/json?limit=0"],
      ["GET", `/v1.54/containers/${id}/json`],
      ["GET", `/containers/${id}/logs?follow=1&stdout=1&since=0&timestamps=1`],
      ["GET", "/v1.54/containers/white-room-dev-loki/json"],
    ] as const;
    assert.deepEqual(await outcome(requests), {
      statuses: [200],
      reached: requests.map(([method, path]) => `${method} ${path}`),
    });
  });

  test("with docker.ipv6, its metrics are served on IPv4 and IPv6", async () => {
    const port = await freePort();
    const ipv6 = toSettings(stackConfig("dev", { docker: { ipv6: true } }), { requireSecrets: false });
    const listening = await startHaproxy(
      directory,
      renderSocketProxy(ipv6, {
        ...places,
        proxiedDocker: join(directory, "docker-ipv6.sock"),
        proxiedContainerd: join(directory, "containerd-ipv6.sock"),
        metrics: onAllAddresses(ipv6, port),
      }),
      port,
    );
    try {
      for (const host of ["127.0.0.1", "[::1]"]) {
        const { status } = await fetch(`http://${host}:${port}/metrics`);
        assert.equal(status, 200, host);
      }
    } finally {
      await listening.stop("SIGKILL");
    }
  });

  test("the logs of 300 containers are followed at the same time", async () => {
    const path = `/containers/${id}/logs?follow=true&stdout=1`;
    const followed = Array.from({ length: 300 }, () => request({ socketPath: places.proxiedDocker, path }).end());
    try {
      const answers = followed.map((each) => once(each, "response", { signal: AbortSignal.timeout(10_000) }));
      for (const [response] of await Promise.all(answers)) assert.equal(response.statusCode, 200);
    } finally {
      for (const each of followed) each.destroy();
    }
  });

  test("requests that change something are rejected, even on a path that may be read", async () => {
    const paths = ["/containers/create", `/containers/${id}/exec`, "/containers/json", `/v1.54/containers/${id}/json`];
    const methods = ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "QUERY"];
    const requests = paths.flatMap((path) => methods.map((method) => [method, path] as const));
    assert.deepEqual(await outcome(requests), { statuses: [403], reached: [] });
  });

  test("requests that read files, secrets or other objects are rejected", async () => {
    const paths = [
      `/containers/${id}/archive?path=/etc/shadow`,
      `/v1.54/containers/${id}/export`,
      `/containers/${id}/attach/ws?logs=1`,
      `/containers/${id}/top`,
      `/exec/${id}/json`,
      "/secrets",
      "/v1.54/configs",
      "/events",
      "/images/json",
      "/images/get?names=x",
      "/volumes",
      "/swarm/unlockkey",
      "/plugins",
      "/",
    ];
    const requests = paths.map((path) => ["GET", path] as const);
    assert.deepEqual(await outcome(requests), { statuses: [403], reached: [] });
  });

  test("paths that only look allowed are rejected", async () => {
    const paths = [
      "/containers/json/../../secrets",
      "/containers/../secrets/x/json",
      "/containers/..%2f..%2fsecrets/json",
      `/containers/${id}/logs/../archive`,
      `/containers/${id}%2farchive%3fpath=/json`,
      "//containers/json",
      "/v1.54/../secrets",
      "/v1.54/v1.54/containers/json",
      "/containers/json/",
      "/secrets?/containers/json",
      "/containers/json%0aGET%20/secrets",
    ];
    const requests = paths.map((path) => ["GET", path] as const);
    assert.deepEqual(await outcome(requests), { statuses: [403], reached: [] });
  });

  test("a header cannot change the method or the path, and the connection is not handed over", async () => {
    const to = { socketPath: places.proxiedDocker };
    const headers = { "x-http-method-override": "POST", "x-original-url": "/secrets" };
    reached.length = 0;
    assert.equal((await send(to, "GET", "/info", { headers })).status, 200);
    assert.deepEqual(reached, ["GET /info"]);
    const upgrade = { connection: "Upgrade", upgrade: "h2c" };
    assert.equal((await send(to, "POST", "/session", { headers: upgrade })).status, 403);
  });

  test("of containerd, only the three methods that cAdvisor calls get through", async () => {
    const session = connect("http://containerd", {
      createConnection: () => connectSocket(places.proxiedContainerd),
    });
    const call = (path: string, method = "POST") =>
      new Promise<number>((resolve, reject) => {
        const stream = session.request({ ":path": path, ":method": method });
        stream.on("response", (headers) => resolve(Number(headers[":status"]))).on("error", reject);
        stream.resume().end();
      });
    reached.length = 0;
    const allowed = ["version.v1.Version/Version", "containers.v1.Containers/Get", "tasks.v1.Tasks/Get"];
    for (const method of allowed) assert.equal(await call(`/containerd.services.${method}`), 200);
    assert.deepEqual(
      reached,
      allowed.map((method) => `POST /containerd.services.${method}`),
    );
    reached.length = 0;
    const refused = [
      "containers.v1.Containers/Create",
      "containers.v1.Containers/List",
      "tasks.v1.Tasks/Exec",
      "tasks.v1.Tasks/Create",
      "tasks.v1.Tasks/Get/",
      "content.v1.Content/Read",
      "snapshots.v1.Snapshots/Mounts",
      "namespaces.v1.Namespaces/Create",
    ];
    for (const method of refused) assert.equal(await call(`/containerd.services.${method}`), 403, method);
    assert.equal(await call("/containerd.services.tasks.v1.Tasks/Get", "GET"), 403);
    assert.deepEqual(reached, []);
    session.destroy();
  });

  test("rejected requests are logged, and only root can open the sockets", async () => {
    await outcome([["GET", "/secrets"]]);
    assert.match(proxy.output(), /docker refused or failed: GET \/secrets, status 403/);
    assert.doesNotMatch(proxy.output(), /GET \/info/);
    for (const path of [places.proxiedDocker, places.proxiedContainerd])
      assert.equal(statSync(path).mode & 0o777, 0o600, path);
  });

  test("it exposes metrics of its own, and nothing of Docker on that port", async () => {
    const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
    assert.match(metrics, /^haproxy_frontend_http_responses_total\{proxy="docker",code="4xx"\} [1-9]/m);
    assert.equal((await fetch(`${proxy.url}/containers/json`)).status, 403);
  });
});

for (const collector of collectors) {
  describe(`socket proxy, ${collector}`, both(needsHaproxy(), needsCollectors(collector)), () => {
    test("finds containers and follows their output", async (context) => {
      const directory = mkdtempSync(join(tmpdir(), `white-room-socket-${collector}-`));
      const [docker, proxiedDocker] = ["host.sock", "docker.sock"].map((name) => join(directory, name)) as [
        string,
        string,
      ];
      const lines = ["first", "second"].map((text, index) => ({
        stream: "stdout" as const,
        time: new Date(Date.now() - 60_000 + index),
        text,
      }));
      const stopDocker = serveDocker(docker, [{ id, name: "api", labels: {}, lines }]);
      const metrics = await freePort();
      const proxiedContainerd = join(directory, "containerd.sock");
      const places = { metrics: `127.0.0.1:${metrics}`, docker, proxiedDocker, proxiedContainerd };
      const proxy = await startHaproxy(directory, renderSocketProxy(settings, places), metrics);
      const loki = await startLoki(directory, await freePort());
      const sources = { syslog: { enabled: false } };
      const running = new CollectorUnderTest(collector, directory, logSettings(collector, directory, sources), {
        port: await freePort(),
        pushUrl: `${loki.url}/loki/api/v1/push`,
        dockerSocket: proxiedDocker,
      });
      context.after(async () => {
        await running.stop();
        await loki.stop();
        await proxy.stop("SIGKILL");
        stopDocker();
        rmSync(directory, { recursive: true, force: true });
      });
      await running.start();
      await until("both lines are stored", async () => {
        const stored = await storedEntries(loki.url, `{env="${collector}"}`);
        return stored.map(({ text }) => text).join(" ") === "first second";
      });
      // None of the collector's requests was refused.
      assert.doesNotMatch(proxy.output(), /refused or failed/);
    });
  });
}

function both(...all: readonly { readonly skip: string | false }[]): { readonly skip: string | false } {
  return all.find(({ skip }) => skip) ?? { skip: false };
}
