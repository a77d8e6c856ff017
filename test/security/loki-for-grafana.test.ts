import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer as createHttpsServer, type RequestOptions, request } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { renderGrafana } from "../../config/products/grafana/grafana.ts";
import { renderWebGateway } from "../../config/products/web-gateway/web-gateway.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { binary, needsHaproxy } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import type { Program } from "../logs/programs.ts";
import { InternalTls } from "../validate/internal-tls.ts";
import { send, startHaproxy } from "./haproxy.ts";

/* Even if it serves no pages, the gateway stands between Loki and Grafana, which forwards any GET request of its users. */
for (const stack of ["dev", "prod"]) {
  for (const encrypted of stack === "dev" ? [true] : [false, true]) {
    describe(`Loki for Grafana in ${stack}, ${encrypted ? "with" : "without"} network.tls`, needsHaproxy(), () => {
      const folder = mkdtempSync(join(tmpdir(), "white-room-loki-for-grafana-"));
      const reached: string[] = [];
      let tls: InternalTls;
      let server: Server;
      let gateway: Program;
      let port: number;

      before(async () => {
        tls = await InternalTls.create(folder);
        const tlsDirectory = join(folder, "internal-tls");
        mkdirSync(tlsDirectory);
        for (const [file, content] of [
          ["ca.pem", tls.ca],
          ["tls.crt", tls.certificate],
          ["tls.key", tls.key],
        ] as const)
          writeFileSync(join(tlsDirectory, file), content);
        const { ca, certificate: cert, key } = tls;
        server = encrypted
          ? createHttpsServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true })
          : createHttpServer();
        server.on("request", ({ url, socket }, response) => {
          reached.push(encrypted ? `${url} for ${(socket as TLSSocket).servername}` : url);
          response.end("reached");
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        port = await freePort();
        const metrics = await freePort();
        const network = encrypted ? { network: { tls: tls.settings() } } : {};
        const settings = toSettings(stackConfig(stack, network), { requireSecrets: false });
        const files = renderWebGateway(settings, {
          metrics: `127.0.0.1:${metrics}`,
          listen: { loki: `127.0.0.1:${port}` },
          servers: { loki: `127.0.0.1:${(server.address() as AddressInfo).port}` },
          tlsDirectory,
        });
        assert.deepEqual(files[0]?.content.match(/^frontend \S+/gm), ["frontend loki", "frontend metrics"]);
        gateway = await startHaproxy(folder, files, metrics);
        const [sources] = renderGrafana(settings);
        assert.match(sources?.content ?? "", new RegExp(`url: ${encrypted ? "https" : "http"}://web-gateway:3100`));
      });

      after(async () => {
        await gateway?.stop("SIGKILL");
        server.close();
        rmSync(folder, { recursive: true, force: true });
      });

      /** Sends a request as Grafana does. */
      function ask(path: string): Promise<number | undefined> {
        const headers = { host: "web-gateway:3100" };
        if (!encrypted) return send({ port }, "GET", path, { headers }).then(({ status }) => status);
        const { ca, certificate: cert, key } = tls;
        return asked({ port, path, headers, ca, cert, key, servername: "loki" });
      }

      test("queries get through, admin routes do not", async () => {
        const query = "/loki/api/v1/query_range?query=%7Bjob%3D%22x%22%7D";
        assert.equal(await ask(query), 200);
        for (const path of ["/ingester/shutdown", "/flush", "/config", "/loki/api/v1/delete", "/log_level"])
          assert.equal(await ask(path), 403, path);
        assert.deepEqual(reached, [encrypted ? `${query} for loki` : query]);
      });

      if (encrypted)
        test("clients need a certificate of the stack", async () => {
          const stranger = await InternalTls.create(join(folder, "stranger"));
          const path = "/loki/api/v1/labels";
          const other = { cert: stranger.certificate, key: stranger.key };
          for (const client of [{}, other])
            await assert.rejects(asked({ port, path, ca: tls.ca, servername: "loki", ...client }), path);
        });
    });
  }
}

test("on Kubernetes, it listens on the address of its pod, of either IP version", needsHaproxy(), async () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-loki-for-grafana-"));
  const settings = toSettings(stackConfig("prod"), { requireSecrets: false });
  const [file] = renderWebGateway(settings, { servers: { loki: "127.0.0.1:3100" } });
  const path = join(folder, "haproxy.cfg");
  writeFileSync(path, file?.content ?? "");
  for (const address of ["10.1.2.3", "fd00::7"])
    await run(binary("haproxy"), ["-c", "-f", path], { env: { POD_IP: address } });
  rmSync(folder, { recursive: true });
});

function asked(options: RequestOptions): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", ...options }, (response) => {
      response.resume().on("end", () => resolve(response.statusCode));
    });
    sent.on("error", reject).end();
  });
}
