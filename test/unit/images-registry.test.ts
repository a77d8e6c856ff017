import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { checkImages, exitCode, report } from "../../scripts/images/check.ts";
import { parseReference } from "../../scripts/images/reference.ts";
import { RegistryClient } from "../../scripts/images/registry.ts";

const index = "application/vnd.oci.image.index.v1+json";
const manifest = "application/vnd.oci.image.manifest.v1+json";
const digest = `sha256:${"a".repeat(64)}`;

/** A fake registry. The repository name selects the behavior. */
const seen: { method: string; url: string; authorization: string | undefined }[] = [];
let limited = 0;
const server = createServer((request, response) => {
  const { method = "", url = "", headers } = request;
  seen.push({ method, url, authorization: headers.authorization });
  const repository = /^\/v2\/([^/]+)\//.exec(url)?.[1] ?? "";
  if (url.startsWith("/token?")) json(response, 200, { token: "pass" });
  else behave(repository, request, response);
});

function behave(repository: string, { method, url = "", headers }: IncomingMessage, response: ServerResponse): void {
  const base = `http://${headers.host}`;
  if (repository === "guarded" && headers.authorization !== "Bearer pass") {
    const scope = "repository:guarded:pull";
    response.setHeader("www-authenticate", `Bearer realm="${base}/token",service="test",scope="${scope}"`);
    json(response, 401, {});
    return;
  }
  if (repository === "private") {
    response.setHeader("www-authenticate", 'Basic realm="registry"');
    json(response, 401, {});
    return;
  }
  if (repository === "silent") return;
  if (repository === "limited" && limited++ === 0) {
    response.setHeader("retry-after", "0");
    json(response, 429, {});
    return;
  }
  if (repository === "busy") {
    response.setHeader("retry-after", "3600");
    json(response, 429, {});
    return;
  }
  if (repository === "tagless" && url.includes("/tags/")) {
    json(response, 500, {});
    return;
  }
  if (url.includes("/tags/list")) {
    if (repository !== "paged" || url.includes("last=")) {
      json(response, 200, { tags: ["v1.3.0", "v2.0.0-rc.1", "latest"] });
      return;
    }
    response.setHeader("link", `</v2/paged/tags/list?n=1000&last=v1.2.0>; rel="next"`);
    json(response, 200, { tags: ["v1.2.0", "v1.10.0"] });
    return;
  }
  if (!url.endsWith("/v1.2.0")) {
    json(response, 404, {});
    return;
  }
  response.setHeader("content-type", repository === "single" ? manifest : index);
  if (repository !== "unnamed") response.setHeader("docker-content-digest", digest);
  response.writeHead(200).end(method === "HEAD" ? undefined : "{}");
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

async function listen(listener: typeof server): Promise<string> {
  await new Promise<void>((done) => listener.listen(0, "127.0.0.1", done));
  return `127.0.0.1:${(listener.address() as AddressInfo).port}`;
}

let registry = "";
/** An address without a server. */
let closed = "";
before(async () => {
  registry = await listen(server);
  const other = createServer();
  closed = await listen(other);
  other.close();
});
after(() => {
  server.closeAllConnections();
  server.close();
});

function ask(repository: string, tag = "v1.2.0") {
  return new RegistryClient({ timeout: 300, maxRetryAfter: 1_000 }).ask(
    parseReference(`${registry}/${repository}:${tag}`),
  );
}

test("returns the index digest of a tag and the newest tag of the same form", async () => {
  assert.deepEqual(await ask("open"), { state: "exists", digest, multiPlatform: true, newer: "v1.3.0" });
});

test("requests the digest with HEAD, which does not count as a pull", async () => {
  seen.length = 0;
  await ask("open");
  assert.deepEqual(
    seen.map(({ method, url }) => `${method} ${url}`),
    ["HEAD /v2/open/manifests/v1.2.0", "GET /v2/open/tags/list?n=1000"],
  );
});

test("fetches an anonymous token once if the registry requires one", async () => {
  seen.length = 0;
  assert.equal((await ask("guarded")).state, "exists");
  assert.deepEqual(
    seen.map(({ url, authorization }) => [url.split("?")[0], authorization]),
    [
      ["/v2/guarded/manifests/v1.2.0", undefined],
      ["/token", undefined],
      ["/v2/guarded/manifests/v1.2.0", "Bearer pass"],
      ["/v2/guarded/tags/list", "Bearer pass"],
    ],
  );
});

test("follows the pages of the tag list", async () => {
  const answer = await ask("paged");
  assert.equal(answer.state === "exists" && answer.newer, "v1.10.0");
});

test("detects single-platform manifests, and computes the digest if the header is missing", async () => {
  assert.deepEqual(await ask("single"), { state: "exists", digest, multiPlatform: false, newer: "v1.3.0" });
  const computed = `sha256:${createHash("sha256").update("{}").digest("hex")}`;
  assert.deepEqual(await ask("unnamed"), { state: "exists", digest: computed, multiPlatform: true, newer: "v1.3.0" });
});

test("reports a missing tag", async () => {
  assert.deepEqual(await ask("open", "v9.9.9"), { state: "missing" });
});

test("retries after a short rate limit and reports a long one", async () => {
  assert.equal((await ask("limited")).state, "exists");
  assert.deepEqual(await ask("busy"), {
    state: "unknown",
    reason: `${registry} rate limit exceeded (429); try again in 3600 s`,
  });
});

test("reports timeouts, required credentials and failed tag lists", async () => {
  assert.deepEqual(await ask("silent"), {
    state: "unknown",
    reason: `cannot reach ${registry} (no response within 0.3 s)`,
  });
  assert.deepEqual(await ask("private"), { state: "unknown", reason: `${registry} requires credentials` });
  assert.deepEqual(await ask("tagless"), {
    state: "exists",
    digest,
    multiPlatform: true,
    unlisted: `${registry} returned 500`,
  });
});

test("fails for a missing tag or if no registry is reachable, but not for one unreachable registry", async () => {
  const image = (reference: string) => ({ name: "loki" as const, reference });
  const absent = image(`${closed}/loki:v1`);
  const existing = image(`${registry}/open:v1.2.0`);
  const check = (...images: (typeof absent)[]) => checkImages(images, { timeout: 300 });
  const some = await check(existing, absent);
  assert.equal(exitCode(some), 0);
  assert.deepEqual(report(some), [
    `${existing.reference}  ${digest}  newer: v1.3.0`,
    `${absent.reference.padEnd(existing.reference.length)}  not checked`,
    "",
    `${closed}: 1 not checked: cannot reach ${closed} (ECONNREFUSED)`,
  ]);
  assert.equal(exitCode(await check(absent)), 1);
  assert.equal(exitCode(await check(existing, image(`${registry}/open:v9`))), 1);
});
