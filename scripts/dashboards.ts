import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Settings } from "../config/schema.ts";
import { freePort } from "./free-port.ts";
import { cacheFolder } from "./sandbox/cache.ts";
import { endWithCommands, run, tryRun } from "./sandbox/run-command.ts";
import { ensureViewer, ensureViewerPackages } from "./sandbox/viewer.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { root } from "./start/stack-project.ts";
import { alertmanagerAddress, lokiAddress, prometheusAddress } from "./verify/addresses.ts";
import { exitCodeOf, WrongWords } from "./wrong-words.ts";

const help = `npm run dashboards -- serve|shoot [options]

Shows the dashboards of a running stack without a Grafana server.

  serve           shows them at http://localhost:3300, and again after each save in dashboards/ or config/
  shoot <folder>  writes one PNG a dashboard; needs Chromium

  --stack NAME    the running stack whose data they show (default: ${defaultStackInWords})
  --port N        with serve: another port
  --theme NAME    with shoot: dark (default) or light
  --width PIXELS  with shoot: width of the window (default 1400); 390 is a phone's
`;

const log = (line: string) => process.stdout.write(`${line}\n`);

/** Milliseconds without a further save. */
const settled = 200;

interface Started {
  readonly server: ChildProcess;
  readonly url: string;
  readonly write: () => Promise<void>;
}

async function startServer(stack: string, port: number): Promise<Started> {
  const settings = deployedSettings(stack);
  const viewer = await ensureViewer(cacheFolder(), log);
  const folder = mkdtempSync(join(tmpdir(), "white-room-dashboards-"));
  const write = async () => {
    await run(process.execPath, [join(root, "scripts/dashboards/write.ts"), stack, folder]);
  };
  await write();
  const server = spawn(
    process.execPath,
    [join(viewer, "server.mjs"), "--watch", "--port", String(port), "--dashboards", folder, ...sources(settings)],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const url = `http://localhost:${port}`;
  await answers(url);
  return { server, url, write };
}

function sources(settings: Settings): string[] {
  return [
    ...["--prometheus", prometheusAddress(settings), "--scrape-interval", settings.metrics.scrapeInterval],
    ...(settings.logs.enabled ? ["--loki", lokiAddress(settings)] : []),
    ...(settings.alerting.enabled ? ["--alertmanager", alertmanagerAddress(settings)] : []),
  ];
}

async function answers(url: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    if (
      await fetch(`${url}/healthz`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error(`The viewer does not answer at ${url}; see its message above.`);
}

async function serve(stack: string, port: number): Promise<number> {
  const { server, url, write } = await startServer(stack, port);
  log(`The dashboards of ${stack} are at ${url}. Stop with Ctrl+C.`);
  let timer: NodeJS.Timeout | undefined;
  const again = () =>
    write().then(
      () => log("Rendered again."),
      (error: Error) => log(error.message),
    );
  for (const folder of ["dashboards", "config"]) {
    watch(join(root, folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(again, settled);
    });
  }
  return new Promise((done) => server.on("exit", (code) => done(code ?? 0)));
}

async function shoot(stack: string, folder: string, theme: string, width: string): Promise<number> {
  if (!["dark", "light"].includes(theme)) throw new WrongWords(`--theme ${theme} is unknown; use dark or light`);
  if (!/^\d{3,4}$/.test(width)) throw new WrongWords(`--width ${width} is not a number of pixels, such as 390`);
  await ensureViewerPackages(log);
  const { server, url } = await startServer(stack, await freePort());
  try {
    const words = ["--url", url, "--theme", theme, "--width", width, resolve(folder)];
    const { code, output } = await tryRun(process.execPath, [join(root, "viewer/commands/shoot.ts"), ...words]);
    process.stdout.write(output);
    return code;
  } finally {
    server.kill();
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      stack: { type: "string", default: defaultStack() },
      port: { type: "string", default: "3300" },
      theme: { type: "string", default: "dark" },
      width: { type: "string", default: "1400" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [command, folder, ...rest] = positionals;
  if (command === "serve" && folder === undefined) return serve(values.stack, Number(values.port));
  if (command === "shoot" && folder !== undefined && rest.length === 0) {
    return shoot(values.stack, folder, values.theme, values.width);
  }
  throw new WrongWords("use serve, or shoot and a folder");
}

endWithCommands();
try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
