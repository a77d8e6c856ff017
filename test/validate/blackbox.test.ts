import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { blackboxSecrets, renderBlackbox } from "../../config/products/blackbox/blackbox.ts";
import { allProbes, withPort } from "../../config/products/blackbox/probes.ts";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { binary, needs } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { Authority } from "../kubernetes/cluster/certificates.ts";
import { ProbeServers } from "./probe-servers.ts";

type Target = Record<string, unknown>;

function settingsOf(targets: readonly Target[], more: Record<string, unknown> = {}): Settings {
  const values = { demo: { enabled: false }, alerting: { enabled: false }, probes: { targets, ...more } };
  return toSettings(stackConfig("dev", values), { requireSecrets: false });
}

describe("probes of blackbox_exporter", needs("blackbox_exporter"), () => {
  const servers = new ProbeServers();
  const running: ChildProcess[] = [];
  let folder: string;
  let authority: Authority;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "white-room-probes-"));
    authority = await Authority.create(folder);
  });
  after(() => {
    for (const each of running) each.kill("SIGKILL");
    servers.close();
    rmSync(folder, { recursive: true });
  });

  /** Writes the rendered files as in a container, and returns the path of the config. */
  function write(settings: Settings, secrets: Record<string, string>, at: string): string {
    assert.deepEqual(blackboxSecrets(settings).sort(), Object.keys(secrets).sort());
    const inside = (path: string) => path.replaceAll("/etc/blackbox/", `${at}/`);
    mkdirSync(join(at, "config"), { recursive: true });
    mkdirSync(join(at, "secrets"), { recursive: true });
    for (const { path, content } of renderBlackbox(settings)) {
      assert.doesNotMatch(content, /secret-|PRIVATE KEY/);
      writeFileSync(join(at, "config", path), inside(content));
    }
    for (const [key, value] of Object.entries(secrets)) writeFileSync(join(at, "secrets", key), value);
    return join(at, "config", "blackbox.yml");
  }

  async function start(config: string): Promise<string> {
    const checked = spawnSync(binary("blackbox_exporter"), ["--config.check", `--config.file=${config}`]);
    assert.equal(checked.status, 0, String(checked.stderr));
    const port = await freePort();
    const flags = [`--config.file=${config}`, "--config.enable-auto-reload", "--config.auto-reload-interval=1"];
    const listen = `--web.listen-address=127.0.0.1:${port}`;
    running.push(spawn(binary("blackbox_exporter"), [...flags, listen], { stdio: "ignore" }));
    const url = `http://127.0.0.1:${port}`;
    const deadline = Date.now() + 30_000;
    while (!(await fetch(`${url}/-/healthy`).catch(() => undefined))?.ok) {
      assert.ok(Date.now() < deadline, "blackbox_exporter does not start");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return url;
  }

  async function results(url: string, settings: Settings): Promise<Record<string, string>> {
    const all = allProbes(settings).map(async (probe): Promise<[string, string]> => {
      const query = new URLSearchParams({ module: probe.name, target: withPort(probe) });
      const answer = await fetch(`${url}/probe?${query}`);
      const body = await answer.text();
      return [probe.name, /^probe_success (.*)$/m.exec(body)?.[1] ?? `${answer.status}: ${body}`];
    });
    return Object.fromEntries(await Promise.all(all));
  }

  /** Expects 1 of probes whose name begins with "ok", and 0 of all others. */
  async function proved(targets: readonly Target[], secrets: Record<string, string> = {}) {
    const settings = settingsOf(targets);
    const url = await start(write(settings, secrets, mkdtempSync(join(folder, "probes-"))));
    const expected = Object.fromEntries(targets.map(({ name }) => [name, String(name).startsWith("ok") ? "1" : "0"]));
    assert.deepEqual(await results(url, settings), expected);
  }

  const http = (name: string, url: string, more: Target = {}) => ({ name, kind: "http", url, timeout: "5s", ...more });

  test("status, body, JSON, headers, redirects, method", async () => {
    const port = await servers.http((request, response) => {
      const { pathname } = new URL(request.url ?? "", "http://any");
      if (pathname === "/moved") return response.writeHead(301, { location: "/json" }).end();
      if (pathname === "/teapot") return response.writeHead(418).end();
      if (pathname === "/echo") {
        let body = "";
        request.on("data", (chunk) => {
          body += chunk;
        });
        return request.on("end", () => response.end(`${request.method} ${request.headers["x-probe"]} ${body}`));
      }
      return response
        .writeHead(200, { "content-type": "application/json", "x-version": "2.14.0" })
        .end('{"status":"ok","queue":{"length":3},"items":["a","b"]}');
    });
    const page = (path: string) => `http://127.0.0.1:${port}/${path}`;
    await proved([
      http("ok-plain", page("json")),
      http("ok-status", page("teapot"), { expect: { status: 418 } }),
      http("ok-one-of", page("teapot"), { expect: { status: [200, 418] } }),
      http("other-status", page("teapot")),
      http("ok-body", page("json"), { expect: { body: '"status":\\s*"ok"', bodyNot: "(?i)error" } }),
      http("no-body", page("json"), { expect: { body: "^ready$" } }),
      http("has-body", page("json"), { expect: { bodyNot: "queue" } }),
      http("ok-json", page("json"), {
        expect: { json: "body.status == 'ok' && body.queue.length < 10 && 'a' in body.items" },
      }),
      http("other-json", page("json"), { expect: { json: "body.queue.length > 10" } }),
      http("ok-header", page("json"), { expect: { headers: { "X-Version": "^2\\.", "Content-Type": "json" } } }),
      http("other-header", page("json"), { expect: { headers: { "X-Version": "^3\\." } } }),
      http("ok-followed", page("moved"), { expect: { json: "body.status == 'ok'" } }),
      http("ok-moved", page("moved"), {
        followRedirects: false,
        expect: { status: 301, headers: { Location: "^/json$" } },
      }),
      http("not-followed", page("moved"), { followRedirects: false }),
      http("ok-request", page("echo"), {
        method: "POST",
        headers: { "X-Probe": "white-room" },
        body: "hello",
        expect: { body: "^POST white-room hello$" },
      }),
      // A proxy gets the whole URL.
      http("ok-proxy", "http://shop.invalid/json", {
        proxyUrl: page("").slice(0, -1),
        expect: { json: "body.status == 'ok'" },
      }),
      http("nobody", `http://127.0.0.1:${await freePort()}/`),
    ]);
  });

  test("basic authentication, bearer token and a secret header", async () => {
    const admits = (header: string, value: string) =>
      servers.http((request, response) => response.writeHead(request.headers[header] === value ? 200 : 401).end());
    const basic = `http://127.0.0.1:${await admits("authorization", `Basic ${btoa("prober:secret-basic")}`)}/`;
    const bearer = `http://127.0.0.1:${await admits("authorization", "Bearer secret-bearer")}/`;
    const header = `http://127.0.0.1:${await admits("x-api-key", "secret-key")}/`;
    await proved(
      [
        http("ok-basic", basic, { auth: "basic", username: "prober" }),
        http("ok-bearer", bearer, { auth: "bearer" }),
        http("ok-header", header, { secretHeader: "X-Api-Key" }),
        http("wrong", basic, { auth: "basic", username: "prober" }),
        http("none", bearer),
      ],
      {
        "probePassword-ok-basic": "secret-basic",
        "probeToken-ok-bearer": "secret-bearer",
        "probeHeader-ok-header": "secret-key",
        "probePassword-wrong": "secret-other",
      },
    );
  });

  test("TLS with a private CA, a name, a client certificate, for http and tls", async () => {
    const issued = await authority.issue("server", { user: "server", addresses: ["shop.internal"] });
    const client = await authority.issue("client", { user: "prober" });
    const ca = readFileSync(authority.certificate, "utf8");
    const identity = { cert: readFileSync(issued.certificate, "utf8"), key: readFileSync(issued.key, "utf8") };
    const page = `https://127.0.0.1:${await servers.http((_, response) => response.end(), identity)}/`;
    const mutual = `https://127.0.0.1:${await servers.http((_, response) => response.end(), { ...identity, ca })}/`;
    const port = `127.0.0.1:${await servers.tcp((socket) => socket.end(), identity)}`;
    const tls = { ca, serverName: "shop.internal" };
    await proved(
      [
        http("ok-private", page, { tls }),
        http("unknown-authority", page, { tls: { serverName: "shop.internal" } }),
        http("other-name", page, { tls: { ca, serverName: "other.internal" } }),
        http("ok-unverified", page, { tls: { insecureSkipVerify: true } }),
        http("ok-client", mutual, { tls: { ...tls, certificate: readFileSync(client.certificate, "utf8") } }),
        http("no-client", mutual, { tls }),
        { name: "ok-port", kind: "tls", host: port, tls },
        { name: "unknown-port", kind: "tls", host: port, tls: { serverName: "shop.internal" } },
      ],
      { "probeTlsKey-ok-client": readFileSync(client.key, "utf8") },
    );
  });

  test("TCP with lines to expect and to send, DNS, gRPC", async () => {
    const talk = await servers.tcp((socket) => {
      socket.write("220 mail.example ESMTP\r\n");
      socket.on("data", (line) => socket.write(String(line).startsWith("EHLO") ? "250 hello\r\n" : "500 what\r\n"));
    });
    const host = `127.0.0.1:${talk}`;
    const dns = `127.0.0.1:${await servers.dns("192.0.2.7")}`;
    const grpc = `127.0.0.1:${await servers.grpc("shop.Cart")}`;
    const query = { name: "shop.example" };
    await proved([
      { name: "ok-open", kind: "tcp", host },
      { name: "closed", kind: "tcp", host: `127.0.0.1:${await freePort()}` },
      {
        name: "ok-mail",
        kind: "tcp",
        host,
        exchange: [{ expect: "^220 (\\S+) ESMTP" }, { send: "EHLO prober" }, { expect: "^250 " }, { send: "QUIT" }],
      },
      { name: "other-mail", kind: "tcp", host, timeout: "1s", exchange: [{ send: "HELP" }, { expect: "^250 " }] },
      { name: "ok-name", kind: "dns", host: dns, query, expect: { answer: "192\\.0\\.2\\.7$" } },
      { name: "other-address", kind: "dns", host: dns, query, expect: { answer: "192\\.0\\.2\\.8$" } },
      { name: "other-code", kind: "dns", host: dns, query, expect: { rcode: "NXDOMAIN" } },
      { name: "ok-service", kind: "grpc", host: grpc, grpcService: "shop.Cart" },
      { name: "other-service", kind: "grpc", host: grpc, grpcService: "shop.Other" },
    ]);
  });

  test("a changed config is loaded without a restart; a broken one is rejected by the checker and not used", async () => {
    const port = await servers.http((_, response) => response.writeHead(204).end());
    const page = (expect: Target) => settingsOf([http("page", `http://127.0.0.1:${port}/`, { expect })]);
    const at = join(folder, "reload");
    const config = write(page({ status: 200 }), {}, at);
    const url = await start(config);
    assert.deepEqual(await results(url, page({})), { page: "0" });
    write(page({ status: 204 }), {}, at);
    const deadline = Date.now() + 30_000;
    while ((await results(url, page({})))["page"] !== "1") {
      assert.ok(Date.now() < deadline, "the new config is not used");
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    writeFileSync(config, "modules: {page: {prober: http, http: {valid_status: [204]}}}\n");
    const checked = spawnSync(binary("blackbox_exporter"), ["--config.check", `--config.file=${config}`]);
    assert.equal(checked.status, 1);
    assert.match(String(checked.stderr) + String(checked.stdout), /field valid_status not found/);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.deepEqual(await results(url, page({})), { page: "1" });
  });

  test("Prometheus runs each probe at its interval, with its labels", needs("prometheus"), async () => {
    const port = await servers.http((_, response) => response.end());
    const page = `http://127.0.0.1:${port}/`;
    const settings = settingsOf([
      { ...http("page", page), service: "shop", team: "product", every: "5s" },
      { name: "port", kind: "tcp", host: `127.0.0.1:${port}`, every: "1s" },
    ]);
    const url = await start(write(settings, {}, join(folder, "scraped")));
    const config = join(folder, "prometheus.yml");
    const rendered = renderPrometheus(settings, []).content.replaceAll("blackbox:9115", new URL(url).host);
    writeFileSync(config, rendered);
    const own = `127.0.0.1:${await freePort()}`;
    const data = `--storage.tsdb.path=${join(folder, "data")}`;
    const flags = [`--config.file=${config}`, data, `--web.listen-address=${own}`];
    running.push(spawn(binary("prometheus"), flags, { stdio: "ignore" }));
    const query = `http://${own}/api/v1/query?query=${encodeURIComponent('probe_success{job="probe"}')}`;
    type Answer = { data: { result: { metric: Record<string, string>; value: [number, string] }[] } };
    let found: Answer["data"]["result"] = [];
    const deadline = Date.now() + 40_000;
    while (found.length < 2) {
      assert.ok(Date.now() < deadline, "no results");
      await new Promise((resolve) => setTimeout(resolve, 300));
      const answer = await fetch(query).catch(() => undefined);
      if (answer?.ok) found = ((await answer.json()) as Answer).data.result;
    }
    const common = { __name__: "probe_success", job: "probe", cluster: "local", env: "dev" };
    const sorted = found.toSorted((a, b) => String(a.metric["probe"]).localeCompare(String(b.metric["probe"])));
    assert.deepEqual(
      sorted.map(({ metric }) => metric),
      [
        { ...common, instance: page, probe: "page", service: "shop", team: "product" },
        { ...common, instance: `127.0.0.1:${port}`, probe: "port", service: "port", team: "platform" },
      ],
    );
    assert.deepEqual(
      found.map(({ value }) => value[1]),
      ["1", "1"],
    );
    const targets = (await (await fetch(`http://${own}/api/v1/targets?scrapePool=probe`)).json()) as {
      data: { activeTargets: { labels: Record<string, string>; scrapeInterval: string; scrapeTimeout: string }[] };
    };
    assert.deepEqual(
      targets.data.activeTargets
        .map(({ labels, scrapeInterval, scrapeTimeout }) => [labels["probe"], scrapeInterval, scrapeTimeout].join(" "))
        .sort(),
      ["page 5s 5s", "port 1s 1s"],
    );
  });
});
