import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { deployedArguments } from "./deployed.ts";

/** Size of the malicious response once it is uncompressed. */
const expanded = 64 * 1024 ** 2;

/* Attacks on the real Prometheus, with the arguments and the config of the stack. */
describe("Prometheus", needs("prometheus"), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-security-prometheus-"));
  const comment = Buffer.from(`# ${"x".repeat(1022)}\n`.repeat(1024));
  const body = gzipSync(Buffer.concat([Buffer.from("app_up 1\n"), ...Array(expanded / 1024 ** 2).fill(comment)]));
  const target = createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4", "content-encoding": "gzip" }).end(body);
  });
  let prometheus: Program;

  before(async () => {
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    const port = await freePort();
    const { port: targetPort } = target.address() as AddressInfo;
    const config = stackConfig("dev", {
      demo: { enabled: false },
      logs: { enabled: false },
      alerting: { enabled: false },
      visualization: { enabled: false },
      exporters: { node: { enabled: false }, cadvisor: { enabled: false } },
      applications: {
        "swift-frontend": { enabled: false },
        "audio-engine": { enabled: false },
        "juce-backend": { targets: [`127.0.0.1:${targetPort}`, `localhost:${targetPort}`] },
      },
      metrics: { scrapeInterval: "1s", scrapeTimeout: "1s", port },
    });
    const file = join(folder, "prometheus.yml");
    writeFileSync(file, renderPrometheus(toSettings(config, { requireSecrets: false }), []).content);
    const options = await deployedArguments(config, "prometheus", {
      "--config.file": file,
      "--storage.tsdb.path": join(folder, "data"),
      "--web.listen-address": `127.0.0.1:${port}`,
    });
    prometheus = await start("prometheus", options, `http://127.0.0.1:${port}`, "/-/ready");
  });

  after(async () => {
    await prometheus?.stop("SIGKILL");
    target.closeAllConnections();
    target.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const metric = async (name: string) => {
    const text = await (await fetch(`${prometheus.url}/metrics`)).text();
    return Number(new RegExp(`^${name} (\\S+)$`, "m").exec(text)?.[1]);
  };

  test("a small compressed response that expands to 64 MiB makes its target down, and memory stays low", async () => {
    assert.ok(body.length < 256 * 1024, `${body.length} bytes`);
    await until("a few scrapes are over", async () => {
      return (await metric("prometheus_target_scrapes_exceeded_body_size_limit_total")) > 5;
    });
    const { data } = (await (await fetch(`${prometheus.url}/api/v1/targets?scrapePool=juce-backend`)).json()) as {
      data: { activeTargets: { health: string; lastError: string }[] };
    };
    assert.deepEqual(
      data.activeTargets.map(({ health, lastError }) => ({ health, lastError })),
      Array(2).fill({ health: "down", lastError: "body size limit exceeded" }),
    );
    // Memory taken from the system, which never shrinks: 150 to 300 MiB, and 680 MiB without the limit.
    const memory = await metric("go_memstats_sys_bytes");
    assert.ok(memory < 400 * 1024 ** 2, `${memory} bytes`);
  });

  test("no other website can read it", async () => {
    const allowed = async (origin: string) => {
      const response = await fetch(`${prometheus.url}/api/v1/status/config`, { headers: { origin } });
      assert.equal(response.status, 200);
      return response.headers.get("access-control-allow-origin");
    };
    assert.equal(await allowed("https://evil.example"), null);
    assert.equal(await allowed("null"), null);
    assert.equal(await allowed("http://localhostx9090"), null);
  });
});
