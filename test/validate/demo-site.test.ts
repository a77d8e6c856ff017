import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { renderBlackbox } from "../../config/products/blackbox/blackbox.ts";
import { allProbes } from "../../config/products/blackbox/probes.ts";
import { journeyBundle } from "../../config/products/journeys/bundle.ts";
import { renderJourneys, runnerSecrets } from "../../config/products/journeys/journeys.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { demoJourneySecret, demoSite } from "../../config/white-room/demo-site.ts";
import { bundleDemo } from "../../demo/bundle.ts";
import type { SimulatorConfig } from "../../demo/config.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { binary, needsDemoServers } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { until } from "../logs/programs.ts";
import { type DemoServers, startDemoServers } from "./demo-servers.ts";

// The shortest interval of a journey is 10s.
const settings = toSettings(stackConfig("dev", { probes: { interval: "1s" } }), { requireSecrets: false });

// As the stack runs it: the bundles, blackbox_exporter and the real servers, on other addresses.
describe("the demo's site, its probes and its journey", needsDemoServers("blackbox_exporter"), () => {
  const directory = mkdtempSync(join(tmpdir(), "demo-site-"));
  const running: ChildProcess[] = [];
  let servers: DemoServers;
  let control: string;
  let blackbox: string;
  let runner: string;
  let dns: number;
  /** Replaces addresses in the config with those of this machine. */
  const here = (text: string) =>
    text
      .replaceAll("demo-nginx:8443", `127.0.0.1:${servers.nginxTls}`)
      .replaceAll("demo-simulator:8053", `127.0.0.1:${dns}`);

  before(async () => {
    const api = await freePort();
    servers = await startDemoServers(directory, api);
    const [controlPort, blackboxPort, runnerPort] = [await freePort(), await freePort(), await freePort()];
    dns = await freePort();
    const logDirectory = join(directory, "logs");
    mkdirSync(logDirectory);
    const config: SimulatorConfig = {
      listen: "127.0.0.1",
      ports: { juceBackend: 0, swiftFrontend: 0, audioEngine: 0, control: controlPort, api, dns },
      logDirectory,
      certificateFile: servers.certificateFile,
      nginxUrl: `http://127.0.0.1:${servers.nginx}`,
      requestsPerSecond: 1,
      postgres: { host: "127.0.0.1", port: servers.postgres, user: "white_room", database: "postgres" },
      redis: { host: "127.0.0.1", port: servers.redis },
      syslog: { host: "127.0.0.1", port: 1 },
      links: [],
    };
    write("simulator.mjs", bundleDemo("simulator"));
    write("simulator.json", JSON.stringify(config));
    start(process.execPath, "simulator.mjs", "--config", "simulator.json");
    for (const { path, content } of renderBlackbox(settings)) write(path, here(content));
    start(binary("blackbox_exporter"), "--config.file=blackbox.yml", `--web.listen-address=127.0.0.1:${blackboxPort}`);
    write("journeys.mjs", journeyBundle());
    write("journeys.json", here(renderJourneys(settings)[0]?.content ?? ""));
    assert.deepEqual(runnerSecrets(settings), [demoJourneySecret]);
    write(demoJourneySecret, demoSite.password);
    start(process.execPath, "journeys.mjs", "--config=journeys.json", "--secrets=.", `--port=${runnerPort}`);
    [control, blackbox, runner] = [controlPort, blackboxPort, runnerPort].map((port) => `http://127.0.0.1:${port}`) as [
      string,
      string,
      string,
    ];
    for (const page of [`${control}/healthz`, `${blackbox}/-/healthy`, `${runner}/healthz`])
      await until(page, async () => (await fetch(page).catch(() => undefined))?.ok === true);
  });

  after(async () => {
    for (const child of running) {
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    }
    await servers?.stop();
    rmSync(directory, { recursive: true });
  });

  function write(path: string, content: string): void {
    writeFileSync(join(directory, path), content);
  }

  function start(program: string, ...args: string[]): void {
    running.push(spawn(program, args, { cwd: directory, stdio: "ignore" }));
  }

  /** Samples of a probe: its result, and the days left of its certificate. */
  async function probe(name: string): Promise<{ success: number; days: number }> {
    const { address } = allProbes(settings).find((each) => each.name === name) ?? assert.fail(name);
    const query = new URLSearchParams({ module: name, target: here(address) });
    const text = await (await fetch(`${blackbox}/probe?${query}`)).text();
    const sample = (metric: string) => Number(new RegExp(`^${metric} (.*)$`, "m").exec(text)?.[1] ?? Number.NaN);
    return {
      success: sample("probe_success"),
      days: (sample("probe_ssl_earliest_cert_expiry") - Date.now() / 1000) / 86_400,
    };
  }

  /** Result of each step of the journey in its last run. */
  async function steps(): Promise<string> {
    const text = await (await fetch(`${runner}/metrics`)).text();
    return [...text.matchAll(/^journey_step_success\{.*step="([^"]*)".*\} (\d)$/gm)]
      .map(([, step, success]) => `${step} ${success}`)
      .join(", ");
  }

  async function fault(name: string, during: () => Promise<void>): Promise<void> {
    const url = `${control}/faults/${name}`;
    assert.equal((await fetch(`${url}?duration=5m`, { method: "POST" })).status, 200);
    try {
      await during();
    } finally {
      await fetch(url, { method: "DELETE" });
    }
  }

  test("certificate: the page is served with one that expires in two days, and with a new one afterwards", async () => {
    const before = await probe("demo");
    assert.equal(before.success, 1);
    assert.ok(before.days > 89 && before.days <= 90, `${before.days} days`);
    await fault("certificate", async () => {
      await until("the certificate expires in two days", async () => (await probe("demo")).days < 2);
      assert.equal((await probe("demo")).success, 1);
    });
    await until("a new certificate", async () => (await probe("demo")).days > 89);
  });

  test("dns: the name does not resolve", async () => {
    assert.equal((await probe("demo-dns")).success, 1);
    await fault("dns", async () => assert.equal((await probe("demo-dns")).success, 0));
    assert.equal((await probe("demo-dns")).success, 1);
  });

  test("login-broken: the journey fails at its first step, although every response is a success", async () => {
    await until("a successful run", async () => (await steps()) === "log-in 1, create-song 1");
    await fault("login-broken", async () => {
      const url = `http://127.0.0.1:${servers.nginx}/login`;
      const body = JSON.stringify({ userId: demoSite.userId, password: demoSite.password, method: "password" });
      const response = await fetch(url, { method: "POST", body });
      assert.deepEqual([response.status, await response.json()], [200, {}]);
      await until("a failed run", async () => (await steps()) === "log-in 0");
    });
    await until("a successful run", async () => (await steps()) === "log-in 1, create-song 1");
  });

  test("errors: neither the page nor the journey is affected", async () => {
    await fault("errors", async () => {
      for (let left = 20; left > 0; left -= 1) assert.equal((await probe("demo")).success, 1);
      await wait(12_000);
      assert.equal(await steps(), "log-in 1, create-song 1");
    });
  });
});
