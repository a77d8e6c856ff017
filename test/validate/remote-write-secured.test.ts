import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { request } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { certificates } from "../../config/products/prometheus/connections.ts";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { Authority } from "../kubernetes/cluster/certificates.ts";
import { type Program, start, until } from "../logs/programs.ts";

/** bcrypt hashes of "first" and "second", as `htpasswd -nbB` writes them. */
const hashes = {
  first: "$2y$05$kJEBD/I7931qBw1J9PyAYOLiHNSfBw2BgEaOIKFrKEtxdJ4t.qTsC",
  second: "$2y$05$DVx/irWLgWeD56wjhz0bZeK7WO1rAk15bdMEuNIvCjlVamrGxOIVO",
};

const application = `# TYPE app_requests counter
# HELP app_requests Requests.
app_requests_total{code="200"} 7 # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 1 1520879607.789
# TYPE app_debug gauge
# HELP app_debug Not wanted elsewhere.
app_debug 1
# EOF
`;

/**
 * Prometheus as the receiver, with TLS, a private CA and basic auth, which it rereads at each request. Not covered: stores
 * of other vendors.
 */
describe("metrics.remoteWrite to a store with TLS and basic auth", needs("prometheus"), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-secured-"));
  const running: Program[] = [];
  const target = createServer((_, response) => {
    response.writeHead(200, { "content-type": "application/openmetrics-text; version=1.0.0; charset=utf-8" });
    response.end(application);
  });
  const secret = join(folder, "secrets/prometheus/secrets/remoteWritePassword-store");
  const web = join(folder, "web.yml");
  let ca: Buffer;
  let store: number;

  const admit = (password: keyof typeof hashes) =>
    writeFileSync(
      web,
      `tls_server_config: { cert_file: store.crt, key_file: store.key }\nbasic_auth_users: { writer: "${hashes[password]}" }\n`,
    );

  before(async () => {
    const authority = await Authority.create(folder);
    await authority.issue("store", { user: "store", addresses: ["store.internal"] });
    ca = readFileSync(authority.certificate);
    store = await freePort();
    admit("first");
    writeFileSync(join(folder, "store.yml"), "global: {}\n");
    const features = ["--web.enable-remote-write-receiver", "--enable-feature=exemplar-storage"];
    await startPrometheus("store", join(folder, "store.yml"), store, [`--web.config.file=${web}`, ...features], ready);

    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const settings = toSettings(
      {
        stack: "remote",
        values: {
          platform: "docker",
          environment: "test",
          alerting: { enabled: false },
          applications: { app: { targets: [`127.0.0.1:${(target.address() as AddressInfo).port}`] } },
          metrics: {
            scrapeInterval: "1s",
            scrapeTimeout: "1s",
            remoteWrite: [
              {
                name: "store",
                url: `https://127.0.0.1:${store}/api/v1/write`,
                auth: "basic",
                username: "writer",
                headers: { "X-Scope-OrgID": "white-room" },
                tls: { ca: String(ca), serverName: "store.internal" },
                exemplars: true,
                filters: [
                  { action: "keep", labels: { __name__: "app_.*", job: "app" } },
                  { action: "drop", labels: { __name__: "app_debug" } },
                ],
              },
            ],
          },
        },
        secrets: new Set(),
      },
      { requireSecrets: false },
    );
    mkdirSync(join(folder, "secrets/prometheus/secrets"), { recursive: true });
    mkdirSync(join(folder, "prometheus"));
    writeFileSync(secret, "first");
    for (const { path, content } of [renderPrometheus(settings, []), ...certificates(settings)])
      writeFileSync(join(folder, "prometheus", path), content);
    const file = join(folder, "prometheus/prometheus.yml");
    await startPrometheus("source", file, await freePort(), ["--enable-feature=exemplar-storage"], "/-/ready");
  });

  after(async () => {
    for (const program of running.reverse()) await program.stop("SIGKILL");
    target.closeAllConnections();
    target.close();
    rmSync(folder, { recursive: true });
  });

  async function startPrometheus(
    name: string,
    config: string,
    port: number,
    words: readonly string[],
    isReady: string | (() => Promise<boolean>),
  ) {
    const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, `${name}-data`)}`];
    const listen = `--web.listen-address=127.0.0.1:${port}`;
    running.push(await start("prometheus", [...args, listen, ...words], `http://127.0.0.1:${port}`, isReady));
  }

  /** Asks the store as its user. Undefined if it does not answer, or not with JSON. */
  function ask(path: string, password: string): Promise<{ data: unknown } | undefined> {
    return new Promise((resolve) => {
      const options = { ca, servername: "store.internal", auth: `writer:${password}`, timeout: 2_000 };
      const asked = request(`https://127.0.0.1:${store}${path}`, options, (response) => {
        let body = "";
        response.on("data", (chunk) => (body += chunk));
        response.on("end", () => resolve(response.statusCode === 200 ? JSON.parse(body || "{}") : undefined));
      });
      asked.on("error", () => resolve(undefined));
      asked.end();
    });
  }
  const ready = async () => (await ask("/api/v1/status/buildinfo", "first")) !== undefined;
  const values = async (query: string, password: string) => {
    const found = await ask(`/api/v1/query?query=${encodeURIComponent(query)}`, password);
    return (
      (found?.data as { result: { metric: Record<string, string>; value: [number, string] }[] } | undefined)?.result ??
      []
    );
  };

  test("the store gets the series that pass the filters, with exemplars", async () => {
    await until("the store has the counter", async () => (await values("app_requests_total", "first")).length > 0);
    const names = (await values('group by (__name__) ({__name__=~".+"})', "first")).map(
      ({ metric }) => metric["__name__"],
    );
    assert.deepEqual(names, ["app_requests_total"]);
    let exemplars: { exemplars: { labels: Record<string, string>; value: string }[] }[] = [];
    await until("the store has the exemplar", async () => {
      const answer = await ask("/api/v1/query_exemplars?query=app_requests_total&start=0&end=4000000000", "first");
      exemplars = (answer?.data ?? []) as typeof exemplars;
      return exemplars.length > 0;
    });
    assert.deepEqual(exemplars[0]?.exemplars[0]?.labels, { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" });
  });

  test("a new password is used at the next request, without a restart", async () => {
    const [process] = running.slice(-1);
    admit("second");
    // Samples sent now are rejected with 401, which Prometheus does not retry.
    writeFileSync(secret, "second");
    const since = Math.ceil(Date.now() / 1000) + 1;
    await until("the store has new samples", async () => {
      const [found] = await values("timestamp(app_requests_total)", "second");
      return Number(found?.value[1] ?? 0) > since;
    });
    assert.equal(await ask("/api/v1/status/buildinfo", "first"), undefined);
    assert.doesNotMatch(process?.output() ?? "", /second/);
  });
});
