import { readFileSync, watchFile } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseConfig } from "./config.ts";
import { log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { Schedule } from "./schedule.ts";

const usage = "node journeys.mjs --config FILE (--check | --secrets DIRECTORY [--port PORT] [--tls DIRECTORY])";

const { config, check, secrets, port, tls } = parseArgs({
  options: {
    config: { type: "string" },
    check: { type: "boolean", default: false },
    secrets: { type: "string", default: "" },
    port: { type: "string", default: "9118" },
    tls: { type: "string" },
  },
}).values;

if (config === undefined) fail(usage);
else if (check) checkConfig(config);
else start(config);

function fail(message: string): void {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

function checkConfig(path: string): void {
  try {
    parseConfig(readFileSync(path, "utf8"));
  } catch (error) {
    fail(`${path}: ${(error as Error).message}`);
  }
}

function start(path: string): void {
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
  const metrics = new Metrics();
  const schedule = new Schedule(secrets, metrics);
  const load = ([text = ""]: readonly string[]) => {
    const journeys = parseConfig(text);
    schedule.set(journeys);
    log("info", "config loaded", { journeys: journeys.map(({ name }) => name).join(",") });
  };
  follow([path], load, metrics.reloaded);
  serve(metrics);
}

/** Calls `use` with the content of files, and again whenever one changes. */
function follow(paths: string[], use: (texts: string[]) => void, report?: (successful: boolean) => void): void {
  const load = () => {
    try {
      use(paths.map((path) => readFileSync(path, "utf8")));
      report?.(true);
    } catch (error) {
      report?.(false);
      log("error", "cannot load", { files: paths.join(","), reason: (error as Error).message });
    }
  };
  load();
  // Polls, because a mounted ConfigMap changes without an event.
  for (const path of paths) watchFile(path, { interval: 5_000 }, load);
}

function serve({ registry }: Metrics): void {
  const answer: RequestListener = (request, response) => {
    if (request.url === "/healthz") response.end("ok\n");
    else if (request.url !== "/metrics") response.writeHead(404).end();
    else void registry.metrics().then((text) => response.setHeader("content-type", registry.contentType).end(text));
  };
  if (tls === undefined) {
    createHttpServer(answer).listen(Number(port));
    return;
  }
  const server = createHttpsServer({ requestCert: true, minVersion: "TLSv1.2" }, answer);
  const files = ["ca.pem", "tls.crt", "tls.key"].map((name) => join(tls, name));
  follow(files, ([ca, cert, key]) => server.setSecureContext({ ca, cert, key }));
  server.listen(Number(port));
}
