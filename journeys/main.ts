import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { readConfig } from "./config.ts";
import { log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { Schedule } from "./schedule.ts";

const usage = "node journeys.mjs --config FILE (--check | --secrets DIRECTORY [--port PORT] [--tls DIRECTORY])";

/** How often the config is compared with what runs. A mounted ConfigMap changes without an event. */
const reloadEvery = 5_000;

const { values } = parseArgs({
  options: {
    config: { type: "string" },
    check: { type: "boolean", default: false },
    secrets: { type: "string", default: "" },
    port: { type: "string", default: "9118" },
    tls: { type: "string" },
  },
});
const { config, check, secrets, port, tls } = values;

if (config === undefined) fail(usage);
else if (check) checkConfig(config);
else start(config);

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

function checkConfig(path: string): void {
  try {
    readConfig(path);
  } catch (error) {
    fail(`${path}: ${(error as Error).message}`);
  }
}

function start(path: string): void {
  const metrics = new Metrics();
  const schedule = new Schedule({ secrets, metrics, log });
  let loaded = "";
  const load = () => {
    try {
      const text = readFileSync(path, "utf8");
      if (text === loaded) return;
      loaded = text;
      const journeys = readConfig(path);
      schedule.set(journeys);
      metrics.reloaded(true);
      log("info", "config loaded", { journeys: journeys.map(({ name }) => name).join(",") });
    } catch (error) {
      metrics.reloaded(false);
      log("error", "config not loaded", { reason: (error as Error).message });
    }
  };
  load();
  setInterval(load, reloadEvery);
  serve(metrics);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
}

function serve({ registry }: Metrics): void {
  const answer: RequestListener = (request, response) => {
    if (request.url === "/healthz") {
      response.end("ok\n");
      return;
    }
    if (request.url !== "/metrics") {
      response.writeHead(404).end();
      return;
    }
    void registry.metrics().then((text) => response.setHeader("content-type", registry.contentType).end(text));
  };
  const server =
    tls === undefined
      ? createHttpServer(answer)
      : createHttpsServer({ ...identity(tls), requestCert: true, minVersion: "TLSv1.2" }, answer);
  if (tls !== undefined && "setSecureContext" in server) followRenewals(tls, (files) => server.setSecureContext(files));
  server.listen(Number(port));
}

function identity(directory: string) {
  const read = (name: string) => readFileSync(join(directory, name), "utf8");
  return { ca: read("ca.pem"), cert: read("tls.crt"), key: read("tls.key") };
}

/** Certificates change without a restart. */
function followRenewals(directory: string, use: (files: ReturnType<typeof identity>) => void): void {
  let used = JSON.stringify(identity(directory));
  setInterval(() => {
    try {
      const files = identity(directory);
      if (JSON.stringify(files) === used) return;
      use(files);
      used = JSON.stringify(files);
    } catch (error) {
      log("error", "certificate not loaded", { reason: (error as Error).message });
    }
  }, reloadEvery);
}
