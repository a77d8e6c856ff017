import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { unsentSamples } from "../../config/alerts/remote-write.ts";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { type Program, start, until } from "../logs/programs.ts";

/** The receiver is a second Prometheus, which speaks the same protocol. Not covered: stores of other vendors. */
describe("metrics.remoteWrite", needs("prometheus"), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-remote-write-"));
  const running: Program[] = [];
  let store: Program;

  before(async () => {
    store = await startPrometheus("store", "global: {}\n", ["--web.enable-remote-write-receiver"]);
    const settings = settingsOf([{ url: `${store.url}/api/v1/write` }]);
    // Prometheus scrapes itself at its address inside the stack, which is not available here.
    const port = await freePort();
    const config = renderPrometheus(settings, []).content.replace("localhost:9090", `127.0.0.1:${port}`);
    await startPrometheus("source", config, [], port);
  });

  after(async () => {
    // Stop the source first: otherwise it waits up to a minute for the store to accept the remaining samples.
    for (const program of running.reverse()) await program.stop();
    rmSync(folder, { recursive: true });
  });

  async function startPrometheus(name: string, config: string, words: readonly string[], at?: number) {
    const port = at ?? (await freePort());
    const file = join(folder, `${name}.yml`);
    writeFileSync(file, config);
    const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, name)}`];
    const listen = `--web.listen-address=127.0.0.1:${port}`;
    const program = await start("prometheus", [...args, listen, ...words], `http://127.0.0.1:${port}`, "/-/ready");
    running.push(program);
    return program;
  }

  test("the store receives every sample, with the labels that distinguish clusters", async () => {
    const query = `${store.url}/api/v1/query?query=${encodeURIComponent('up{job="prometheus"}')}`;
    let series: { metric: Record<string, string>; value: [number, string] }[] = [];
    await until("the store has the sample", async () => {
      series = ((await (await fetch(query)).json()) as { data: { result: typeof series } }).data.result;
      return series.length > 0;
    });
    assert.equal(series.length, 1);
    const { instance, ...labels } = series[0]?.metric ?? {};
    assert.match(String(instance), /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(labels, {
      __name__: "up",
      job: "prometheus",
      service: "monitoring",
      cluster: "long-term",
      env: "test",
    });
    assert.equal(series[0]?.value[1], "1");
  });

  test("samples that endpoints do not accept are counted in the metrics of RemoteWriteFailing", async () => {
    const refusing = createServer((request, response) => {
      request.resume();
      response.writeHead(400).end("out of bounds");
    });
    refusing.listen(0, "127.0.0.1");
    await once(refusing, "listening");
    after(() => refusing.close());
    const { port: refused } = refusing.address() as AddressInfo;
    const remoteWrite = [
      { name: "refusing", url: `http://127.0.0.1:${refused}/api/v1/write` },
      { name: "absent", url: `http://127.0.0.1:${await freePort()}/api/v1/write` },
    ];
    const port = await freePort();
    const config = renderPrometheus(settingsOf(remoteWrite), []).content.replace("localhost:9090", `127.0.0.1:${port}`);
    const source = await startPrometheus("unsent", config, [], port);
    const counted = async () => {
      const metrics = await (await fetch(`${source.url}/metrics`)).text();
      return Object.entries(unsentSamples).flatMap(([reason, metric]) =>
        [...metrics.matchAll(new RegExp(`^${metric}\\{remote_name="(\\w+)".*\\} (\\S+)$`, "gm"))]
          .filter(([, , value]) => Number(value) > 0)
          .map(([, name]) => `${name}: ${reason}`),
      );
    };
    await until("both endpoints are counted", async () => (await counted()).length >= 2);
    assert.deepEqual(await counted(), ["refusing: rejected", "absent: retried"]);
    await source.stop("SIGKILL");
  });
});

function settingsOf(remoteWrite: readonly object[]) {
  const values = {
    platform: "docker",
    environment: "test",
    cluster: "long-term",
    alerting: { enabled: false },
    metrics: { scrapeInterval: "1s", scrapeTimeout: "1s", remoteWrite },
  };
  return toSettings({ stack: "remote", values, secrets: new Set() }, { requireSecrets: false });
}
