import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { hasLoki } from "../config/products/loki/product.ts";
import type { Settings } from "../config/settings/schema.ts";
import { changedDashboards, dashboardFolder } from "./dashboards/changed.ts";
import { freePort } from "./lib/free-port.ts";
import { endWithCommands, run } from "./lib/run-command.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { cacheFolder } from "./offline/cache.ts";
import { ensureViewer, ensureViewerPackages } from "./offline/viewer.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { root } from "./start/stack-project.ts";
import { alertmanagerAddress, lokiAddress, prometheusAddress } from "./verify/addresses.ts";

const help = `npm run dashboards -- serve|shoot|compare [options]

Shows the dashboards of a running stack without a Grafana server.

  serve           serve them at http://localhost:3300 and update them when files in dashboards/ or config/ are saved
  shoot <folder>  write a PNG of each dashboard; requires Chromium
  compare <before> <after> <folder>
                  write before and after PNGs of each dashboard that differs between two rendered stacks (folders written
                  by \`npm run render\`), with the last half hour of data; requires Chromium

  --stack NAME    the running stack to query (default: ${defaultStackInWords})
  --port N        with serve: the port (default 3300)
  --theme NAME    with shoot and compare: dark (default) or light
  --width PIXELS  with shoot and compare: width of the window (default 1400), 390 for a phone
`;

const log = (line: string) => process.stdout.write(`${line}\n`);

/** Milliseconds to wait for further saves. */
const debounce = 200;

interface Started {
  readonly server: ChildProcess;
  readonly url: string;
}

/** Starts the viewer for a folder of dashboards with the data of a running stack. */
async function startServer(settings: Settings, folder: string, port: number): Promise<Started> {
  const viewer = await ensureViewer(cacheFolder(), log);
  const server = spawn(
    process.execPath,
    [join(viewer, "server.mjs"), "--watch", "--port", String(port), "--dashboards", folder, ...sources(settings)],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const url = `http://localhost:${port}`;
  await waitUntilReady(url);
  return { server, url };
}

/** Writes the dashboards in a child process, which loads the current sources. */
function write(stack: string, folder: string): Promise<string> {
  return run(process.execPath, [join(root, "scripts/dashboards/write.ts"), stack, folder]);
}

function sources(settings: Settings): string[] {
  return [
    ...["--prometheus", prometheusAddress(settings), "--scrape-interval", settings.metrics.scrapeInterval],
    ...(hasLoki(settings) ? ["--loki", lokiAddress(settings)] : []),
    ...(settings.alerting.enabled ? ["--alertmanager", alertmanagerAddress(settings)] : []),
  ];
}

async function waitUntilReady(url: string): Promise<void> {
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
  throw new Error(`The viewer at ${url} does not respond; see its output above.`);
}

async function serve(stack: string, port: number): Promise<number> {
  const settings = deployedSettings(stack);
  await inScratchFolder(async (folder) => {
    await write(stack, folder);
    const { server, url } = await startServer(settings, folder, port);
    log(`Serving the dashboards of ${stack} at ${url}. Press Ctrl+C to stop.`);
    let timer: NodeJS.Timeout | undefined;
    const rerender = () =>
      write(stack, folder).then(
        () => log("Dashboards updated."),
        (error: Error) => log(error.message),
      );
    for (const watched of ["dashboards", "config"]) {
      watch(join(root, watched), { recursive: true }, () => {
        clearTimeout(timer);
        timer = setTimeout(rerender, debounce);
      });
    }
    await once(server, "exit");
  });
  return 0;
}

interface ScreenshotOptions {
  readonly theme: string;
  readonly width: string;
}

async function shoot(stack: string, target: string, options: ScreenshotOptions): Promise<number> {
  const settings = deployedSettings(stack);
  await ensureViewerPackages(log);
  await inScratchFolder(async (folder) => {
    await write(stack, folder);
    await takeScreenshots(settings, folder, target, options);
  });
  return 0;
}

async function compare(
  stack: string,
  before: string,
  after: string,
  target: string,
  options: ScreenshotOptions,
): Promise<number> {
  const settings = deployedSettings(stack);
  const sides = [
    { folder: dashboardFolder(before), suffix: "-before" },
    { folder: dashboardFolder(after), suffix: "-after" },
  ];
  const changed = changedDashboards(dashboardFolder(before), dashboardFolder(after));
  if (changed.length === 0) {
    log("No dashboards changed.");
    return 0;
  }
  await ensureViewerPackages(log);
  // The same range for all screenshots, ending early enough that all samples have arrived.
  const to = Date.now() - 30_000;
  const range = ["--from", String(to - 1_800_000), "--to", String(to)];
  for (const { folder, suffix } of sides) {
    const existing = changed.filter((uid) => existsSync(join(folder, `${uid}.json`)));
    if (existing.length === 0) continue;
    const only = existing.flatMap((uid) => ["--only", uid]);
    await takeScreenshots(settings, folder, target, options, ...range, ...only, `--suffix=${suffix}`);
  }
  return 0;
}

/** Writes a PNG of each dashboard in a folder. */
async function takeScreenshots(
  settings: Settings,
  folder: string,
  target: string,
  { theme, width }: ScreenshotOptions,
  ...extraArgs: string[]
) {
  const { server, url } = await startServer(settings, folder, await freePort());
  try {
    const args = ["--url", url, "--theme", theme, "--width", width, ...extraArgs, resolve(target)];
    log((await run(process.execPath, [join(root, "viewer/commands/shoot.ts"), ...args])).trimEnd());
  } finally {
    server.kill();
  }
}

async function inScratchFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "white-room-dashboards-"));
  // Also runs after Ctrl+C.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await work(folder);
}

function screenshotOptions({ theme, width }: ScreenshotOptions): ScreenshotOptions {
  if (!["dark", "light"].includes(theme)) throw new UsageError(`--theme ${theme} is not valid; use dark or light`);
  if (!/^[1-9]\d{2,3}$/.test(width)) throw new UsageError(`--width ${width} is not valid; use pixels, such as 390`);
  return { theme, width };
}

function portOf(port: string): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number >= 1 && number <= 65_535) return number;
  throw new UsageError(`--port ${port} is not valid; use a number from 1 to 65535`);
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
  const { stack } = values;
  if (command === "serve" && folder === undefined) return serve(stack, portOf(values.port));
  if (command === "shoot" && folder !== undefined && rest.length === 0)
    return shoot(stack, folder, screenshotOptions(values));
  const [after, target, ...more] = rest;
  if (command === "compare" && folder !== undefined && target !== undefined && after !== undefined && more.length === 0)
    return compare(stack, folder, after, target, screenshotOptions(values));
  throw new UsageError("use serve, shoot with one folder, or compare with three folders");
}

endWithCommands();
try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
