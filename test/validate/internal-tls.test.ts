import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { TLSSocket } from "node:tls";
import { renderAlloy } from "../../config/products/collector/alloy.ts";
import { renderPromtail } from "../../config/products/collector/promtail.ts";
import { renderLoki } from "../../config/products/loki/loki.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { findProgram } from "../../scripts/lib/find-program.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { run } from "../../scripts/lib/run-command.ts";
import { renderCompose } from "../../scripts/render/compose.ts";
import { registerResources } from "../../scripts/render/register.ts";
import { binary, needs } from "../binaries.ts";
import { stackConfig } from "../components/stack.ts";
import { type Program, start, until } from "../logs/programs.ts";
import { InternalTls } from "./internal-tls.ts";

const notified = Object.fromEntries(
  ["pagerduty", "slack", "email", "heartbeat"].map((way) => [way, { enabled: false }]),
);
const programs = ["prometheus", "promtool", "alertmanager", "amtool", "loki", "node_exporter", "promtail"] as const;

/* The real programs with the files and arguments that the stack deploys with network.tls, on loopback. */
describe("TLS between the components", needs(...programs), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-internal-tls-"));
  const running: Program[] = [];
  const ports: Record<string, number> = {};
  const commands = new Map<string, string[]>();
  let tls: InternalTls;
  let stranger: InternalTls;

  before(async () => {
    tls = await InternalTls.create(join(folder, "certificates"));
    stranger = await InternalTls.create(join(folder, "stranger"));
    for (const part of ["prometheus", "alertmanager", "loki", "node-exporter", "promtail", "alloy", "health", "grpc"])
      ports[part] = await freePort();
    const sources = { juceBackend: { enabled: true, paths: [join(folder, "juce-backend.log")] } };
    const config = stackConfig(
      "dev",
      {
        demo: { enabled: false },
        alerting: { ...notified },
        metrics: { scrapeInterval: "1s", scrapeTimeout: "1s", evaluationInterval: "1s" },
        exporters: { cadvisor: { enabled: false }, postgres: { enabled: false }, redis: { enabled: false } },
        logs: {
          collector: "promtail",
          sources: { containers: { enabled: false }, syslog: { enabled: false }, ...sources },
        },
        network: { tls: tls.settings() },
      },
      ["internalTlsKey"],
    );
    const settings = toSettings(config, { requireSecrets: false });
    const resources = await registerResources(config, (key) =>
      key === "internalTlsKey" ? tls.key : `value-of-${key}`,
    );
    for (const { path, content } of renderCompose(resources, config.stack)) write(path, here(content));
    for (const { name, type, inputs } of resources) {
      if (type !== "docker:index/container:Container") continue;
      const words = [...((inputs["entrypoints"] as string[]) ?? []), ...((inputs["command"] as string[]) ?? [])];
      commands.set(name, words.map(here));
    }
    const places = (part: string) => ({
      listenAddress: "127.0.0.1",
      port: ports[part] ?? 0,
      tlsDirectory: join(folder, "secrets", part, "internal-tls"),
    });
    const [lokiFile] = renderLoki(settings, {
      ...places("loki"),
      grpcPort: ports["grpc"] ?? 0,
      healthPort: ports["health"] ?? 0,
      dataDirectory: join(folder, "loki-data"),
      rulesDirectory: join(folder, "loki-rules"),
      limitsFile: join(folder, "loki/limits/limits.yml"),
      alertmanagerUrl: `https://127.0.0.1:${ports["alertmanager"]}`,
    });
    write("loki/loki.yml", lokiFile?.content ?? "");
    write(
      "loki-rules/fake/always.yml",
      "groups: [{name: always, interval: 1s, rules: [{alert: FromLoki, expr: 'vector(1) > 0', labels: {service: monitoring}}]}]",
    );
    const collector = {
      pushUrl: `https://127.0.0.1:${ports["loki"]}/loki/api/v1/push`,
      positionsFile: join(folder, "positions.yaml"),
    };
    const [promtailFile] = renderPromtail(settings, { ...places("promtail"), ...collector });
    write("promtail/promtail.yml", promtailFile?.content ?? "");
    const [alloyFile] = renderAlloy(settings, { ...collector, tlsDirectory: places("promtail").tlsDirectory });
    write("alloy/config.alloy", alloyFile?.content ?? "");
  });

  after(async () => {
    await Promise.all(running.map((program) => program.stop("SIGKILL")));
    rmSync(folder, { recursive: true, force: true });
  });

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }

  /** Paths in the containers become those of the rendered stack, and names in it become ports on loopback. */
  function here(text: string): string {
    return text
      .replaceAll("/etc/secrets/", `${folder}/secrets/`)
      .replaceAll("/etc/alertmanager/config", `${folder}/alertmanager`)
      .replaceAll("/etc/prometheus", `${folder}/prometheus`)
      .replace(/\b(?:localhost|prometheus):9090\b/g, `127.0.0.1:${ports["prometheus"]}`)
      .replace(/\balertmanager:9093\b/g, `127.0.0.1:${ports["alertmanager"]}`)
      .replace(/\bloki:3100\b/g, `127.0.0.1:${ports["loki"]}`)
      .replace(/\bnode-exporter:9100\b/g, `127.0.0.1:${ports["node-exporter"]}`)
      .replace(/\bpromtail:9080\b/g, `127.0.0.1:${ports["promtail"]}`)
      .replace(/\/\/127\.0\.0\.1:9090\b/g, `//127.0.0.1:${ports["prometheus"]}`)
      .replace(/\/\/127\.0\.0\.1:9093\b/g, `//127.0.0.1:${ports["alertmanager"]}`);
  }

  function command(workload: string, replaced: Readonly<Record<string, string>>): string[] {
    const found = commands.get(workload);
    assert.ok(found, `the stack has no container ${workload}`);
    return found.map((word) => replaced[word.split("=")[0] ?? ""] ?? word);
  }

  function ask(part: string, client: InternalTls | undefined, path: string, options: RequestOptions = {}) {
    return new Promise<{ status: number; body: string; certificate: string }>((resolve, reject) => {
      const call = request(
        {
          ...{ host: "127.0.0.1", port: ports[part], path, servername: part, agent: false, timeout: 5_000 },
          ca: tls.ca,
          ...(client && { cert: client.certificate, key: client.key }),
          ...options,
        },
        (response) => {
          const certificate = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
          let body = "";
          response.on("data", (chunk) => (body += chunk));
          response.on("end", () => resolve({ status: response.statusCode ?? 0, body, certificate }));
        },
      );
      call.on("error", reject);
      call.end();
    });
  }

  const ready = (part: string, path: string) => async () =>
    ask(part, tls, path).then(
      ({ status }) => status === 200,
      () => false,
    );

  async function startPart(part: string, program: (typeof programs)[number], args: readonly string[], path: string) {
    const started = await start(program, args, "", ready(part, path));
    running.push(started);
    return started;
  }

  let promtail: Program;
  test("the components start with the deployed files and arguments", async () => {
    const listen = (part: string) => `--web.listen-address=127.0.0.1:${ports[part]}`;
    const nodeExporter = command("node-exporter", { "--path.rootfs": "--path.rootfs=/" }).slice(1);
    await startPart(
      "node-exporter",
      "node_exporter",
      [...nodeExporter.filter((word) => !/^--path\.(?:proc|sys)fs/.test(word)), listen("node-exporter")],
      "/metrics",
    );
    await startPart("loki", "loki", [`-config.file=${join(folder, "loki/loki.yml")}`], "/ready");
    const prometheus = command("prometheus", { "--storage.tsdb.path": `--storage.tsdb.path=${join(folder, "tsdb")}` });
    await startPart("prometheus", "prometheus", [...prometheus.slice(1), listen("prometheus")], "/-/ready");
    // Promtail becomes ready once it reads a file.
    write("juce-backend.log", "");
    const args = [`-config.file=${join(folder, "promtail/promtail.yml")}`];
    promtail = await start("promtail", args, `http://127.0.0.1:${ports["promtail"]}`, "/ready");
    running.push(promtail);
  });

  let alertmanagerShell: Program;
  test("Alertmanager starts in the shell that signals it", async () => {
    const words = command("alertmanager", {
      "/bin/alertmanager": binary("alertmanager"),
      "--storage.path": `--storage.path=${join(folder, "alertmanager-data")}`,
    });
    assert.deepEqual(words.slice(0, 2), ["/bin/sh", "-c"]);
    const { spawn } = await import("node:child_process");
    const child = spawn(words[0] ?? "", [...words.slice(1), `--web.listen-address=127.0.0.1:${ports["alertmanager"]}`]);
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    alertmanagerShell = {
      url: "",
      pid: child.pid ?? 0,
      output: () => output,
      stop: async () => {
        if (child.exitCode !== null) return;
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGTERM");
        await ended;
        assert.equal(child.exitCode, 0);
      },
    };
    running.push(alertmanagerShell);
    await until("Alertmanager is ready", ready("alertmanager", "/-/ready"), 30).catch((error: Error) => {
      throw new Error(`${error.message}\n${output}`);
    });
  });

  test("everything that serves TLS is up in Prometheus", async () => {
    const expected = ["alertmanager", "loki", "node", "prometheus"];
    const up = async () => {
      const { body } = await ask("prometheus", tls, "/api/v1/query?query=up==1");
      const { data } = JSON.parse(body) as { data: { result: { metric: { job: string } }[] } };
      return data.result.map(({ metric }) => metric.job);
    };
    await until(
      "all targets are up",
      async () => {
        const jobs = await up();
        return [...expected, "collector"].every((job) => jobs.includes(job));
      },
      20,
    ).catch(async (error: Error) => {
      const { body } = await ask("prometheus", tls, "/api/v1/targets?state=active");
      throw new Error(`${error.message}\n${body}`);
    });
    const { body } = await ask("prometheus", tls, "/api/v1/targets?state=active");
    const { activeTargets } = (
      JSON.parse(body) as { data: { activeTargets: { labels: { job: string }; scrapeUrl: string }[] } }
    ).data;
    const https = activeTargets.filter(({ scrapeUrl }) => scrapeUrl.startsWith("https:"));
    assert.deepEqual(https.map(({ labels }) => labels.job).sort(), expected);
  });

  test("Prometheus and Loki's ruler reach Alertmanager", async () => {
    await until(
      "alerts of both have arrived",
      async () => {
        const { body } = await ask("alertmanager", tls, "/api/v2/alerts");
        const names = (JSON.parse(body) as { labels: { alertname: string } }[]).map(({ labels }) => labels.alertname);
        return names.includes("FromLoki") && names.includes("Watchdog");
      },
      60,
    );
  });

  async function arrives(line: string): Promise<void> {
    writeFileSync(
      join(folder, "juce-backend.log"),
      `${JSON.stringify({ level: "info", message: line, timestamp: new Date().toISOString() })}\n`,
      {
        flag: "a",
      },
    );
    const query = new URLSearchParams({ query: `{job=~".+"} |= \`${line}\`` });
    await until(
      `"${line}" is in Loki`,
      async () => (await ask("loki", tls, `/loki/api/v1/query_range?${query}`)).body.includes(line),
      30,
    );
  }

  test("Promtail pushes to Loki", async () => arrives("through promtail"));

  test("Alloy pushes to Loki", { skip: findProgram("alloy") === undefined && "alloy is not on PATH" }, async () => {
    await promtail.stop();
    const url = `http://127.0.0.1:${ports["alloy"]}`;
    const args = [
      ...["run", "--storage.path", join(folder, "alloy-data"), `--server.http.listen-addr=127.0.0.1:${ports["alloy"]}`],
      join(folder, "alloy/config.alloy"),
    ];
    running.push(await start("alloy", args, url, "/-/ready"));
    await arrives("through alloy");
  });

  const served = ["prometheus", "alertmanager", "loki", "node-exporter"];

  test("clients without a certificate, or with one from another authority, are rejected", async () => {
    for (const part of served) {
      await assert.rejects(ask(part, undefined, "/metrics"), /alert|ECONNRESET|EPIPE/, part);
      await assert.rejects(ask(part, stranger, "/metrics"), /alert|ECONNRESET|EPIPE/, part);
      await assert.rejects(
        fetch(`http://127.0.0.1:${ports[part]}/metrics`).then((answer) => assert.equal(answer.status, 200)),
      );
    }
  });

  test("health checks succeed, and that of Loki answers nothing else", async () => {
    const check = (program: "promtool" | "amtool", words: readonly string[]) => run(binary(program), words);
    const directory = (part: string) => join(folder, "secrets", part, "internal-tls");
    const { prometheus } = await import("../../config/products/prometheus/product.ts");
    const { alertmanager } = await import("../../config/products/alertmanager/product.ts");
    for (const [program, product] of [
      ["promtool", prometheus],
      ["amtool", alertmanager],
    ] as const) {
      const words = product.tls.probe.command
        .slice(1)
        .map((word) => word.replaceAll("{directory}", directory(product.workload)));
      await check(program, words.map(here));
      const withoutCertificate = words.map(here).filter((word) => !word.startsWith("--http.config.file"));
      await assert.rejects(check(program, withoutCertificate));
    }
    const health = `http://127.0.0.1:${ports["health"]}`;
    assert.equal((await fetch(`${health}/ready`)).status, 200);
    for (const path of ["/metrics", "/config", "/loki/api/v1/labels", "/debug/pprof/"])
      assert.equal((await fetch(health + path)).status, 404, path);
  });

  test("a changed config of Alertmanager is applied without a request", async () => {
    const file = join(folder, "alertmanager/alertmanager.yml");
    const text = readFileSync(file, "utf8");
    writeFileSync(`${file}.new`, text.replace(/^global:.*$/m, "global:\n  resolve_timeout: 7m"));
    renameSync(`${file}.new`, file);
    await until(
      "the new config runs",
      async () => (await ask("alertmanager", tls, "/api/v2/status")).body.includes("resolve_timeout: 7m"),
      15,
    );
  });

  test("replicas of Alertmanager gossip over TLS, and not with a stranger", async () => {
    const directory = join(folder, "secrets/alertmanager/internal-tls");
    write("stranger/gossip.yml", readFileSync(join(directory, "gossip.yml"), "utf8"));
    for (const [path, content] of [
      ["ca.pem", stranger.ca],
      ["tls.crt", stranger.certificate],
      ["tls.key", stranger.key],
    ] as const)
      write(`stranger/${path}`, content);
    const gossip = [await freePort(), await freePort(), await freePort()];
    const peers = gossip.map((port) => `--cluster.peer=127.0.0.1:${port}`);
    for (const [index, config] of [directory, directory, join(folder, "stranger")].entries()) {
      const part = `replica-${index}`;
      ports[part] = await freePort();
      const args = [
        ...[`--config.file=${join(folder, "alertmanager/alertmanager.yml")}`, `--storage.path=${join(folder, part)}`],
        ...[`--web.listen-address=127.0.0.1:${ports[part]}`, `--cluster.listen-address=127.0.0.1:${gossip[index]}`],
        ...["--cluster.advertise-address=127.0.0.1:".concat(String(gossip[index])), ...peers],
        `--cluster.tls-config=${join(config, "gossip.yml")}`,
      ];
      running.push(await start("alertmanager", args, `http://127.0.0.1:${ports[part]}`, "/-/healthy"));
    }
    const members = async (index: number) => {
      const answer = await fetch(`http://127.0.0.1:${ports[`replica-${index}`]}/api/v2/status`);
      return ((await answer.json()) as { cluster: { peers: unknown[] } }).cluster.peers.length;
    };
    await until("two replicas know each other", async () => (await members(0)) === 2 && (await members(1)) === 2);
    assert.equal(await members(2), 1);
  });

  function replace(parts: readonly string[], { ca, certificate, key }: InternalTls): void {
    for (const part of parts) {
      write(`secrets/${part}/internal-tls/ca.pem`, ca);
      write(`secrets/${part}/internal-tls/tls.crt`, certificate);
      write(`secrets/${part}/internal-tls/tls.key`, key);
    }
  }

  async function scrapedBy(client: InternalTls, jobs: readonly string[]): Promise<void> {
    const query = encodeURIComponent(`up{job=~"${jobs.join("|")}"} == 1 and timestamp(up) > ${Date.now() / 1000}`);
    await until("Prometheus scrapes all", async () => {
      const { body } = await ask("prometheus", client, `/api/v1/query?query=${query}`, { ca: client.ca });
      return (JSON.parse(body) as { data: { result: unknown[] } }).data.result.length === jobs.length;
    });
  }

  test("a renewed certificate is used without a restart", async () => {
    const renewed = await tls.renew();
    replace([...served, "promtail"], renewed);
    for (const part of served)
      assert.equal((await ask(part, renewed, "/metrics")).certificate, renewed.serialNumber, part);
    await scrapedBy(renewed, ["prometheus", "alertmanager", "loki", "node"]);
  });

  test("so is another authority, except by Loki, which reads it at its start", async () => {
    replace(served, stranger);
    const others = served.filter((part) => part !== "loki");
    for (const part of others) {
      const answer = await ask(part, stranger, "/metrics", { ca: stranger.ca });
      assert.equal(answer.certificate, stranger.serialNumber, part);
      await assert.rejects(ask(part, tls, "/metrics", { ca: stranger.ca }), /alert|ECONNRESET|EPIPE/, part);
    }
    await assert.rejects(ask("loki", stranger, "/metrics", { ca: stranger.ca }), /alert|ECONNRESET|EPIPE/);
    await scrapedBy(stranger, ["prometheus", "alertmanager", "node"]);
  });

  test("Alertmanager ends in an orderly way when its shell is stopped", async () => {
    await alertmanagerShell.stop();
    assert.match(alertmanagerShell.output(), /Shutting down gracefully/);
  });
});
