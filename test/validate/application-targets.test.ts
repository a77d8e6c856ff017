import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { renderPrometheus } from "../../config/products/prometheus/prometheus.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { type Program, start, until } from "../logs/programs.ts";

/** DNS SRV lookups are in srv-targets.test.ts. */
describe("applications with labels, parameters and files of targets", needs("prometheus"), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-targets-"));
  const targets = join(folder, "targets");
  const paths: (string | undefined)[] = [];
  const target = createServer(({ url }, response) => {
    paths.push(url);
    response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end("app_up 1\n");
  });
  let prometheus: Program;
  let port: number;

  before(async () => {
    await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
    port = (target.address() as AddressInfo).port;
    mkdirSync(targets);
    const application = {
      targets: [`127.0.0.1:${port}`],
      labels: { region: "eu $1" },
      params: { module: "http", "collect[]": ["a", "b"] },
      discovery: { files: [`${targets}/*.yml`] },
    };
    const values = {
      platform: "docker",
      environment: "test",
      alerting: { enabled: false },
      applications: { licenses: application },
      metrics: { scrapeInterval: "1s", scrapeTimeout: "1s" },
    };
    const settings = toSettings({ stack: "targets", values, secrets: new Set() }, { requireSecrets: false });
    writeFileSync(join(folder, "prometheus.yml"), renderPrometheus(settings, []).content);
    const at = await freePort();
    const args = [`--config.file=${folder}/prometheus.yml`, `--storage.tsdb.path=${folder}/data`];
    const url = `http://127.0.0.1:${at}`;
    prometheus = await start("prometheus", [...args, `--web.listen-address=127.0.0.1:${at}`], url, "/-/ready");
  });

  after(async () => {
    await prometheus.stop("SIGKILL");
    target.closeAllConnections();
    target.close();
    rmSync(folder, { recursive: true });
  });

  /** Labels of all targets that are up. */
  async function up(): Promise<Record<string, string>[]> {
    const answer = await fetch(`${prometheus.url}/api/v1/query?query=${encodeURIComponent('app_up{job="licenses"}')}`);
    const { data } = (await answer.json()) as { data: { result: { metric: Record<string, string> }[] } };
    return data.result.map(({ metric }) => metric);
  }

  test("a target has the labels of the config, and gets the parameters", async () => {
    await until("the target is up", async () => (await up()).length === 1);
    assert.deepEqual(await up(), [
      {
        ...{ __name__: "app_up", job: "licenses", instance: `127.0.0.1:${port}`, region: "eu $1" },
        ...{ service: "licenses", cluster: "white-room", env: "test" },
      },
    ]);
    assert.equal(paths[0], "/metrics?collect%5B%5D=a&collect%5B%5D=b&module=http");
  });

  test("a file adds targets while Prometheus runs, with its own labels but not those of the stack", async () => {
    const labels = { zone: "b", job: "other", service: "other", env: "other", instance: "from-file:1" };
    writeFileSync(join(targets, "one.yml"), JSON.stringify([{ targets: [`127.0.0.1:${port}`], labels }]));
    await until("both targets are up", async () => (await up()).length === 2);
    const added = (await up()).find(({ instance }) => instance === "from-file:1");
    assert.deepEqual(added, {
      ...{ __name__: "app_up", job: "licenses", instance: "from-file:1", region: "eu $1", zone: "b" },
      ...{ service: "licenses", cluster: "white-room", env: "test" },
    });
    rmSync(join(targets, "one.yml"));
    await until("only the static target is left", async () => (await up()).length === 1);
  });
});
