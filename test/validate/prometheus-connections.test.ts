import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { isDeepStrictEqual } from "node:util";
import { certificates, prometheusSecrets } from "../../config/products/prometheus/connections.ts";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { binary, needs } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { Authority } from "../kubernetes/cluster/certificates.ts";
import { start } from "../logs/programs.ts";

describe("connections of Prometheus", needs("prometheus", "promtool"), () => {
  let folder: string;
  let authority: Authority;
  const stop: (() => unknown)[] = [];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "white-room-connections-"));
    authority = await Authority.create(folder);
  });
  after(async () => {
    for (const each of stop) await each();
    rmSync(folder, { recursive: true });
  });

  /** A server that answers 401 to clients that `admits` rejects. */
  async function server(admits: (authorization: string | undefined, client: boolean) => boolean) {
    const { certificate, key } = await authority.issue("server", { user: "server", addresses: ["app.internal"] });
    const options = {
      cert: readFileSync(certificate),
      key: readFileSync(key),
      ca: readFileSync(authority.certificate),
      requestCert: true,
      rejectUnauthorized: false,
    };
    const requests: string[] = [];
    const https = createServer(options, (request, response) => {
      request.resume();
      const admitted = admits(request.headers.authorization, (request.socket as TLSSocket).authorized);
      requests.push(`${request.method} ${request.url} ${admitted ? 200 : 401}`);
      response.writeHead(admitted ? 200 : 401, { "content-type": "text/plain; version=0.0.4" }).end("app_up 1\n");
    });
    await new Promise<void>((resolve) => https.listen(0, "127.0.0.1", resolve));
    stop.push(
      () => https.closeAllConnections(),
      () => https.close(),
    );
    return { address: `127.0.0.1:${(https.address() as AddressInfo).port}`, requests };
  }

  test("https targets and remote write, with a private CA, basic auth, bearer token and client certificate", async () => {
    const basic = await server((authorization) => authorization === `Basic ${btoa("scraper:secret-basic")}`);
    const bearer = await server((authorization) => authorization === "Bearer secret-bearer");
    const mutual = await server((_, client) => client);
    const store = await server((authorization) => authorization === "Bearer secret-store");
    const client = await authority.issue("client", { user: "prometheus" });
    const tls = { ca: readFileSync(authority.certificate, "utf8"), serverName: "app.internal" };
    const off = Object.fromEntries(
      ["juce-backend", "swift-frontend", "audio-engine"].map((name) => [name, { enabled: false }]),
    );
    const applications = {
      ...off,
      basic: { targets: [basic.address], scheme: "https", auth: "basic", username: "scraper", tls },
      bearer: { targets: [bearer.address], scheme: "https", auth: "bearer", tls },
      mutual: {
        targets: [mutual.address],
        scheme: "https",
        tls: { ...tls, certificate: readFileSync(client.certificate, "utf8") },
      },
      unknown: { targets: [bearer.address], scheme: "https", tls: { serverName: "app.internal" } },
    };
    const remoteWrite = [{ name: "store", url: `https://${store.address}/write`, auth: "bearer", tls }];
    const values = {
      demo: { enabled: false },
      alerting: { enabled: false },
      logs: { enabled: false },
      visualization: { enabled: false },
      exporters: { node: { enabled: false }, cadvisor: { enabled: false } },
      applications,
      metrics: { scrapeInterval: "1s", scrapeTimeout: "1s", remoteWrite },
    };
    const settings = toSettings(stackConfig("dev", values), { requireSecrets: false });
    const secrets: Record<string, string> = {
      "applicationPassword-basic": "secret-basic",
      "applicationToken-bearer": "secret-bearer",
      "applicationTlsKey-mutual": readFileSync(client.key, "utf8"),
      "remoteWriteToken-store": "secret-store",
    };
    assert.deepEqual(prometheusSecrets(settings).sort(), Object.keys(secrets).sort());

    // As in a rendered stack.
    const config = join(folder, "prometheus");
    const secretFolder = join(folder, "secrets/prometheus/secrets");
    mkdirSync(config);
    mkdirSync(secretFolder, { recursive: true });
    for (const { path, content } of [renderPrometheus(settings, []), ...certificates(settings)]) {
      assert.doesNotMatch(content, /secret-|PRIVATE KEY/);
      writeFileSync(join(config, path), content);
    }
    for (const [key, value] of Object.entries(secrets)) writeFileSync(join(secretFolder, key), value);
    const checked = spawnSync(binary("promtool"), ["check", "config", join(config, "prometheus.yml")]);
    assert.equal(checked.status, 0, String(checked.stderr));

    const address = `127.0.0.1:${await freePort()}`;
    const args = [
      `--config.file=${join(config, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${address}`,
    ];
    const prometheus = await start("prometheus", args, `http://${address}`, "/-/ready");
    stop.unshift(() => prometheus.stop("SIGKILL"));
    const expected = { basic: "up", bearer: "up", mutual: "up", unknown: "down" };
    const health = async () => {
      const answer = await fetch(`${prometheus.url}/api/v1/targets?state=active`);
      const { data } = (await answer.json()) as {
        data: { activeTargets: { labels: { job: string }; health: string }[] };
      };
      const targets = data.activeTargets.filter(({ labels }) => labels.job in expected);
      return Object.fromEntries(targets.map(({ labels, health }) => [labels.job, health]));
    };
    const written = () => store.requests.includes("POST /write 200");
    // On a busy machine a scrape may exceed its timeout; the next one succeeds.
    let found = await health();
    for (const deadline = Date.now() + 60_000; Date.now() < deadline; found = await health()) {
      if (isDeepStrictEqual(found, expected) && written()) break;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.deepEqual(found, expected);
    assert.ok(written(), store.requests.join("\n"));
  });
});
