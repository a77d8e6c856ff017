import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { allRules } from "../../config/alerts/rule-files.ts";
import { toYaml } from "../../config/file.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import type { Finding } from "../../scripts/verify/finding.ts";
import { checkObjectives } from "../../scripts/verify/objectives.ts";
import { needs } from "../binaries.ts";
import { type Program, start, until } from "../logs/programs.ts";

/** Two services, of which only one exposes the metric that objectives on requests need. */
const metrics: Readonly<Record<string, () => string>> = {
  "juce-backend": () => `whiteroom_http_requests_total{method="GET",route="/",status_code="200"} ${process.uptime()}\n`,
  "license-server": () => "process_cpu_seconds_total 1\n",
};

describe("npm run verify on objectives", needs("prometheus"), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-verify-objectives-"));
  const servers: Server[] = [];
  let prometheus: Program;
  let settings: Settings;

  before(async () => {
    const scraped: object[] = [];
    for (const [service, text] of Object.entries(metrics)) {
      const server = createServer((_, response) => response.setHeader("Content-Type", "text/plain").end(text()));
      servers.push(server.listen(0, "127.0.0.1"));
      await once(server, "listening");
      const targets = [`127.0.0.1:${(server.address() as AddressInfo).port}`];
      const labels = { service, cluster: "white-room", env: "test" };
      scraped.push({ job_name: service, static_configs: [{ targets, labels }] });
    }
    const port = await freePort();
    settings = settingsOf(port);
    const rules = allRules(settings).map(({ path, content }) => {
      const file = join(folder, path.replaceAll("/", "-"));
      writeFileSync(file, content.replaceAll("interval: 1m", "interval: 1s"));
      return file;
    });
    const file = join(folder, "prometheus.yml");
    const global = { scrape_interval: "1s", evaluation_interval: "1s", scrape_timeout: "1s" };
    writeFileSync(file, toYaml({ global, rule_files: rules, scrape_configs: scraped }));
    const args = [`--config.file=${file}`, `--storage.tsdb.path=${join(folder, "data")}`];
    const listen = `--web.listen-address=127.0.0.1:${port}`;
    prometheus = await start("prometheus", [...args, listen], `http://127.0.0.1:${port}`, "/-/ready");
  });

  after(async () => {
    await prometheus?.stop();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true });
  });

  test("an objective on a metric that its service does not expose has no data", async () => {
    let findings: Finding[] = [];
    await until("one objective has data", async () => {
      findings = await checkObjectives({ name: "test", settings });
      return findings.some(({ state }) => state === "ok");
    });
    const [backend, ...others] = findings;
    assert.equal(backend?.what, "backend");
    assert.match(backend?.detail ?? "", /^[\d.]+ events per second$/);
    assert.deepEqual(others, [
      {
        state: "failed",
        what: "licenses",
        detail: 'has no data: Prometheus has no recent whiteroom_http_requests_total{service="license-server"}',
      },
    ]);
  });
});

function settingsOf(port: number): Settings {
  const targets = ["127.0.0.1:1"];
  const values = {
    platform: "docker",
    environment: "test",
    alerting: { enabled: false },
    metrics: { port, scrapeInterval: "1s", scrapeTimeout: "1s" },
    applications: { "juce-backend": { targets }, "license-server": { targets } },
    slos: [
      { name: "backend", service: "juce-backend" },
      { name: "licenses", service: "license-server" },
    ],
  };
  return toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
}
