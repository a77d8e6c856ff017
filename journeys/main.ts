import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parseConfig } from "./config.ts";
import { log } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { Schedule } from "./schedule.ts";

const usage = "node journeys.mjs --config FILE (--check | --secrets DIRECTORY [--port PORT] [--tls DIRECTORY])";

/** How often files are checked for changes, in milliseconds. A mounted ConfigMap changes without an event. */
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
    parseConfig(readFileSync(path, "utf8"));
  } catch (error) {
    fail(`${path}: ${(error as Error).message}`);
  }
}

function start(path: string): void {
  const metrics = new Metrics();
  const schedule = new Schedule({ secrets, metrics, log });
  follow("config", [path], metrics.reloaded, ([text = ""]) => {
    const journeys = parseConfig(text);
    schedule.set(journeys);
    log("info", "config loaded", { journeys: journeys.map(({ name }) => name).join(",") });
  });
  serve(metrics);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => process.exit(0));
}

/** Calls `use` with the content of files, and again whenever it changes. */
function follow(
  what: string,
  paths: readonly string[],
  report: (successful: boolean) => void,
  use: (contents: readonly string[]) => void,
): void {
  let used = "";
  const look = () => {
    try {
      const contents = paths.map((path) => readFileSync(path, "utf8"));
      const text = contents.join("\0");
      if (text === used) return;
      used = text;
      use(contents);
      report(true);
    } catch (error) {
      report(false);
      log("error", `${what} not loaded`, { reason: (error as Error).message });
    }
  };
  look();
  setInterval(look, reloadEvery);
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
  follow(
    "certificate",
    files,
    () => undefined,
    ([ca, cert, key]) => server.setSecureContext({ ca, cert, key }),
  );
  server.listen(Number(port));
}
