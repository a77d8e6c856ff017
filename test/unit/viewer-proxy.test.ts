import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { isAllowed, isOwnHost, splitProxyUrl } from "../../viewer/server/allowed.ts";
import { createApp } from "../../viewer/server/app.ts";

describe("the viewer's proxy", () => {
  test("allows the read paths that dashboards need", () => {
    for (const path of ["query", "query_range", "series", "labels"]) {
      for (const method of ["GET", "POST"]) {
        assert.ok(isAllowed("prometheus", method, `/api/v1/${path}`));
        assert.ok(isAllowed("loki", method, `/loki/api/v1/${path}`));
      }
    }
    assert.ok(isAllowed("prometheus", "GET", "/api/v1/label/instance/values"));
    assert.ok(isAllowed("loki", "GET", "/loki/api/v1/label/service/values"));
    assert.ok(isAllowed("alertmanager", "GET", "/api/v2/alerts"));
    assert.ok(isAllowed("alertmanager", "GET", "/api/v2/silences"));
  });

  const refused = [
    ["prometheus", "POST", "/api/v1/admin/tsdb/delete_series"],
    ["prometheus", "POST", "/-/reload"],
    ["prometheus", "PUT", "/-/quit"],
    ["prometheus", "POST", "/api/v1/write"],
    ["prometheus", "GET", "/api/v1/status/config"],
    ["prometheus", "GET", "/api/v1/targets"],
    ["prometheus", "DELETE", "/api/v1/query"],
    ["prometheus", "GET", "/api/v1/query/../status/config"],
    ["prometheus", "GET", "/api/v1/query%2f..%2fadmin"],
    ["prometheus", "GET", "/api/v1/label/a/b/values"],
    ["prometheus", "GET", "/api/v1/label/..%2f..%2fadmin/values"],
    ["prometheus", "POST", "/api/v1/label/job/values"],
    ["prometheus", "GET", "//api/v1/query"],
    ["prometheus", "GET", "/api/v1/query\n"],
    ["loki", "POST", "/loki/api/v1/push"],
    ["loki", "POST", "/loki/api/v1/delete"],
    ["loki", "GET", "/loki/api/v1/tail"],
    ["loki", "GET", "/config"],
    ["alertmanager", "POST", "/api/v2/silences"],
    ["alertmanager", "DELETE", "/api/v2/silence/1"],
    ["alertmanager", "POST", "/api/v2/alerts"],
    ["alertmanager", "GET", "/api/v2/status"],
  ] as const;
  for (const [source, method, path] of refused) {
    test(`rejects ${method} ${JSON.stringify(path)} of ${source}`, () => assert.ok(!isAllowed(source, method, path)));
  }

  test("maps URLs to its three data sources only", () => {
    assert.deepEqual(splitProxyUrl("/api/loki/loki/api/v1/query?query=a?b"), {
      source: "loki",
      path: "/loki/api/v1/query",
      query: "?query=a?b",
    });
    for (const url of ["/api/grafana/x", "/api/prometheus", "/prometheus/api/v1/query", "http://evil.example/", "/"])
      assert.equal(splitProxyUrl(url), undefined);
  });

  test("accepts only the Host headers of localhost and the configured host", () => {
    for (const host of ["localhost:3000", "LOCALHOST", "127.0.0.1:3000", "[::1]:3000", "[::1]", "studio.example:3000"])
      assert.ok(isOwnHost(host, "studio.example"), host);
    for (const host of [
      undefined,
      "",
      "evil.example",
      "localhost.evil.example:3000",
      "127.0.0.1.evil.example",
      "10.0.0.1:3000",
    ])
      assert.ok(!isOwnHost(host, "studio.example"), host);
    assert.ok(!isOwnHost("undefined", undefined));
  });
});

describe("the viewer's server", () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-viewer-"));
  const seen: { url: string | undefined; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];
  let prometheus: Server;
  let viewer: Server;
  let url: string;

  before(async () => {
    writeFileSync(join(folder, "one.json"), JSON.stringify({ uid: "one", title: "One <b>", tags: ["x"] }));
    writeFileSync(join(folder, "broken.json"), "{");
    prometheus = createServer(async (incoming, outgoing) => {
      let body = "";
      for await (const chunk of incoming) body += chunk;
      seen.push({ url: incoming.url, headers: incoming.headers, body });
      outgoing.writeHead(200, { "content-type": "text/html", "set-cookie": "a=b" });
      outgoing.end('{"status":"success","data":[]}');
    });
    const port = await listen(prometheus);
    viewer = createApp({
      dashboards: folder,
      assets: folder,
      scrapeInterval: "15s",
      targets: { prometheus: `http://127.0.0.1:${port}`, alertmanager: "http://127.0.0.1:1" },
    });
    url = `http://127.0.0.1:${await listen(viewer)}`;
  });
  after(() => {
    viewer.close();
    prometheus.close();
    rmSync(folder, { recursive: true });
  });

  test("forwards a query without the client's headers, and responds only with JSON", async () => {
    const answer = await fetch(`${url}/api/prometheus/api/v1/query`, {
      method: "POST",
      headers: { cookie: "session=secret", authorization: "Bearer secret" },
      body: new URLSearchParams({ query: "up" }),
    });
    assert.deepEqual(await answer.json(), { status: "success", data: [] });
    assert.equal(answer.headers.get("content-type"), "application/json");
    assert.equal(answer.headers.get("set-cookie"), null);
    const [asked] = seen.splice(0);
    assert.equal(asked?.body, "query=up");
    assert.doesNotMatch(JSON.stringify(asked?.headers), /secret/);
  });

  test("does not forward rejected paths", async () => {
    const answer = await fetch(`${url}/api/prometheus/api/v1/admin/tsdb/snapshot`, { method: "POST" });
    assert.equal(answer.status, 403);
    assert.deepEqual(seen, []);
  });

  test("rejects a query that is too long", async () => {
    const body = new URLSearchParams({ query: "x".repeat(70_000) });
    const answer = await fetch(`${url}/api/prometheus/api/v1/query`, { method: "POST", body });
    assert.equal(answer.status, 413);
    assert.deepEqual(seen, []);
  });

  test("distinguishes unreachable and absent data sources", async () => {
    const silent = await fetch(`${url}/api/alertmanager/api/v2/alerts`);
    assert.equal(silent.status, 502);
    assert.match(((await silent.json()) as { error: string }).error, /^cannot reach alertmanager: /);
    const absent = await fetch(`${url}/api/loki/loki/api/v1/labels`);
    assert.equal(absent.status, 503);
    assert.equal(((await absent.json()) as { absent: string }).absent, "loki");
  });

  test("rejects other host names (DNS rebinding)", async () => {
    const asked = request(`${url}/api/dashboards`, { headers: { host: "evil.example" } }).end();
    const [answer] = await once(asked, "response");
    assert.equal(answer.statusCode, 421);
    answer.resume();
  });

  test("lists dashboards and reports broken files", async () => {
    const list = (await (await fetch(`${url}/api/dashboards`)).json()) as { dashboards: object[]; problems: string[] };
    assert.deepEqual(list.dashboards, [{ uid: "one", title: "One <b>", tags: ["x"] }]);
    assert.equal(list.problems.length, 1);
    assert.match(list.problems[0] ?? "", /^broken\.json: not a dashboard: /);
  });

  test("serves no files outside its folders", async () => {
    for (const path of [
      "/assets/../one.json",
      "/assets/%2e%2e/one.json",
      "/public/..%2f..%2fetc%2fpasswd",
      "/api/dashboards/..%2fone",
    ])
      assert.equal((await fetch(`${url}${path}`)).status, 404, path);
  });

  test("restricts scripts and framing with a Content-Security-Policy", async () => {
    const { headers } = await fetch(`${url}/healthz`);
    const policy = headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
  });
});

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}
