import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { load } from "js-yaml";
import { grafanaDirectories, renderGrafana } from "../../config/products/grafana/grafana.ts";
import { grafana, metricsUser } from "../../config/products/grafana/product.ts";
import { allDashboards } from "../../dashboards/all.ts";
import { needsGrafana } from "../binaries.ts";
import { stack } from "../rules/stacks.ts";
import { RunningGrafana, secretOf } from "./grafana-program.ts";
import { OidcProvider } from "./oidc-provider.ts";

/* The real Grafana with the rendered settings, files and secrets. Without its pages, which no test here opens. */

const passwords = { grafanaAdminPassword: "a$b${HOME}c", "dataSourcePassword-songs": "pa$word${HOME}$$%" };

describe("Grafana", needsGrafana(), () => {
  const provider = new OidcProvider({ id: "grafana", secret: secretOf("grafanaOidcClientSecret") });
  const seen: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization);
    response.writeHead(200, { "content-type": "application/json" }).end('{"status":"success","data":[]}');
  });
  const settings = stack("dev", {
    tracing: { enabled: true },
    visualization: {
      url: "https://monitoring.example.com/grafana",
      oidc: {
        name: "Sign in for $5",
        clientId: "grafana",
        issuer: "https://sso.example.com/realms/white-room",
        rolePath: "contains(roles[*], 'admin') && 'Admin' || contains(roles[*], 'sre') && 'Editor'",
        allowedDomains: ["example.com"],
      },
      dataSources: [
        {
          name: "Songs $1",
          uid: "songs",
          type: "prometheus",
          url: "http://songs.internal:9999",
          username: "ten$ant",
          jsonData: { note: "${HOME} $__file{/etc/passwd} $$" },
        },
      ],
    },
  });
  let program: RunningGrafana;

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const issuer = await provider.listen();
    const songs = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    program = new RunningGrafana(settings, {
      secrets: passwords,
      instead: { "https://sso.example.com": issuer, "songs.internal:9999": songs },
    });
    await program.start();
  });
  after(async () => {
    await program?.remove();
    provider.close();
    server.close();
    server.closeAllConnections();
  });

  test("loads all dashboards and the start page, and logs no error", async () => {
    const dashboards = await program.json<{ uid: string }[]>("/api/search?type=dash-db&limit=1000");
    const expected = allDashboards(settings).map(({ path }) => path.replace(/\.json$/, ""));
    assert.deepEqual(dashboards.map(({ uid }) => uid).sort(), expected.sort());
    const home = await program.json<{ dashboard: { title: string } }>("/api/dashboards/home");
    assert.equal(home.dashboard.title, "White Room");
    assert.deepEqual(
      program.problems().filter(({ level }) => level !== "warn"),
      [],
    );
  });

  test("has the rendered data sources, read-only, with all texts unchanged", async () => {
    const sources =
      await program.json<{ uid: string; name: string; readOnly: boolean; url: string; jsonData: object }[]>(
        "/api/datasources",
      );
    const file = renderGrafana(settings).find(({ path }) => path.includes("datasources"));
    const { datasources } = load(file?.content ?? "") as { datasources: { uid: string }[] };
    assert.deepEqual(sources.map(({ uid }) => uid).sort(), datasources.map(({ uid }) => uid).sort());
    assert.ok(sources.every(({ readOnly }) => readOnly));
    const songs = await program.json<{
      name: string;
      basicAuthUser: string;
      jsonData: object;
      secureJsonFields: object;
    }>("/api/datasources/uid/songs");
    assert.deepEqual(
      [songs.name, songs.basicAuthUser, songs.jsonData, songs.secureJsonFields],
      ["Songs $1", "ten$ant", { note: "${HOME} $__file{/etc/passwd} $$" }, { basicAuthPassword: true }],
    );
    const jaeger = await program.json<{ jsonData: { tracesToLogsV2: { query: string } } }>(
      "/api/datasources/uid/jaeger",
    );
    assert.equal(jaeger.jsonData.tracesToLogsV2.query, '{service=~".+"} | trace_id="${__trace.traceId}"');
    const loki = await program.json<{ jsonData: { derivedFields: { url: string }[] } }>("/api/datasources/uid/loki");
    assert.ok(
      loki.jsonData.derivedFields.some(({ url }) => url.includes("var-trace_id=${__value.raw}&${__url_time_range}")),
    );
  });

  test("sends a data source's password as it is, and connects to no other address", async () => {
    await program.json("/api/datasources/proxy/uid/songs/api/v1/labels");
    const expected = `ten$ant:${passwords["dataSourcePassword-songs"]}`;
    assert.equal(seen.at(-1), `Basic ${Buffer.from(expected).toString("base64")}`);
    const source = { name: "Other", uid: "other", type: "prometheus", access: "proxy", url: `http://127.0.0.1:1` };
    await program.json("/api/datasources", {
      method: "POST",
      body: JSON.stringify(source),
      headers: { "content-type": "application/json" },
    });
    const refused = await program.fetch("/api/datasources/proxy/uid/other/api/v1/labels");
    assert.equal(refused.status, 403);
  });

  test("secrets are not in its log, its environment or its API", async () => {
    const environment = readFileSync(`/proc/${program.pid}/environ`, "utf8");
    const answers = await Promise.all(
      ["/api/datasources", "/api/admin/settings", "/api/frontend/settings", "/api/datasources/uid/songs"].map(
        async (path) => (await program.fetch(path)).text(),
      ),
    );
    for (const text of [environment, program.output, ...answers]) {
      assert.doesNotMatch(text, /canary-/);
      for (const password of Object.values(passwords)) assert.ok(!text.includes(password));
    }
  });

  test("serves metrics only with their password, and nothing without a sign-in", async () => {
    const credentials = Buffer.from(`${metricsUser}:${program.secret("grafanaMetricsPassword")}`).toString("base64");
    const status = async (path: string, init?: RequestInit) =>
      (await program.fetch(path, { password: null, ...init })).status;
    assert.equal(await status("/metrics"), 401);
    assert.equal(await status("/metrics", { headers: { authorization: `Basic ${credentials}` } }), 200);
    for (const path of ["/api/search", "/api/datasources", "/api/dashboards/home"])
      assert.equal(await status(path), 401);
    const page = await program.fetch("/d/white-room-home", { password: null });
    assert.equal(page.headers.get("location"), "/grafana/login?redirectTo=%2Fd%2Fwhite-room-home");
  });

  test("signs in users of the provider with the role of their claims, and nobody else", async () => {
    const user = (name: string, roles: string[], domain = "example.com") => ({
      sub: name,
      email: `${name}@${domain}`,
      name,
      preferred_username: name,
      roles,
    });
    assert.deepEqual(await signIn(user("ada", ["admin"])), ["Admin", "ada@example.com"]);
    assert.deepEqual(await signIn(user("eve", ["sre", "other"])), ["Editor", "eve@example.com"]);
    assert.deepEqual(await signIn(user("bob", ["other"])), ["", ""]);
    assert.deepEqual(await signIn(user("mallory", ["admin"], "example.org")), ["", ""]);
  });

  /** Role and e-mail address in Grafana after signing in as a browser does; empty if that fails. */
  async function signIn(claims: object): Promise<string[]> {
    provider.claims = claims;
    const cookies = new Map<string, string>();
    const visit = async (path: string) => {
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
      const response = await program.fetch(path, { password: null, headers: { cookie } });
      for (const line of response.headers.getSetCookie()) {
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        cookies.set(name, value);
        assert.match(line, /; HttpOnly(?:;|$)|grafana_session_expiry/);
        assert.match(line, /; Secure/);
      }
      return response;
    };
    const toProvider = (await visit("/login/generic_oauth")).headers.get("location") ?? "";
    const back = (await fetch(toProvider, { redirect: "manual" })).headers.get("location") ?? "";
    assert.match(back, /^https:\/\/monitoring\.example\.com\/grafana\/login\/generic_oauth\?code=/);
    await visit(back.replace("https://monitoring.example.com/grafana", ""));
    const response = await visit("/api/user/orgs");
    if (!response.ok) return ["", ""];
    const [org] = (await response.json()) as { role: string }[];
    const { email } = (await (await visit("/api/user")).json()) as { email: string };
    await visit("/logout");
    assert.equal((await visit("/api/user")).status, 401);
    return [org?.role ?? "", email];
  }

  test("a new administrator's password applies while it runs", async () => {
    const { directory } = grafana.secretFiles.admin;
    const next = "b$c${HOME}%(x)s'\"d";
    program.writeSecret(`${directory}/grafanaAdminPassword`, next);
    assert.match(program.setPassword(directory), /changed successfully/);
    assert.equal((await program.fetch("/api/user")).status, 401);
    assert.equal((await program.fetch("/api/user", { password: next })).status, 200);
    assert.ok(grafanaDirectories.data);
  });
});
