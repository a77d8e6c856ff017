import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { toSettings } from "../../config/settings/settings.ts";
import { presentCredentials, requestComponent } from "../../scripts/lib/component-request.ts";
import { InternalTls } from "../validate/internal-tls.ts";

test("verify and drill present the stack's certificate only to its components", async () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-component-request-"));
  const tls = await InternalTls.create(folder);
  const server = createServer(
    { ca: tls.ca, cert: tls.certificate, key: tls.key, requestCert: true, rejectUnauthorized: true },
    (request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += chunk));
      request.on("end", () =>
        response.writeHead(201).end(`${request.method} ${request.headers["content-type"]} ${body}`),
      );
    },
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const values = { platform: "docker", environment: "test", demo: { enabled: true }, network: { tls: tls.settings() } };
  const settings = toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
  const post = { method: "POST", headers: { "content-type": "text/plain" }, body: "an alert" };
  process.env["INTERNAL_TLS_KEY"] = tls.key;
  try {
    await assert.rejects(requestComponent(url, post));
    presentCredentials("test", settings, [["loki", "https://127.0.0.1:1"]]);
    await assert.rejects(requestComponent(url, post));
    presentCredentials("test", settings, [["grafana", url]]);
    await assert.rejects(requestComponent(url, post), /does not match certificate's altnames/);
    presentCredentials("test", settings, [["prometheus", `${url}/`]]);
    const answer = await requestComponent(`${url}/api`, post);
    assert.deepEqual([answer.status, await answer.text()], [201, "POST text/plain an alert"]);
  } finally {
    Reflect.deleteProperty(process.env, "INTERNAL_TLS_KEY");
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
});
