import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, watch } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Settings } from "../config/settings/schema.ts";
import { changedDashboards, dashboardFolder } from "./dashboards/changed.ts";
import { freePort } from "./lib/free-port.ts";
import { endWithCommands, run } from "./lib/run-command.ts";
import { exitCodeOf, WrongWords } from "./lib/wrong-words.ts";
import { cacheFolder } from "./offline/cache.ts";
import { ensureViewer, ensureViewerPackages } from "./offline/viewer.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { root } from "./start/stack-project.ts";
import { alertmanagerAddress, lokiAddress, prometheusAddress } from "./verify/addresses.ts";

const help = `npm run dashboards -- serve|shoot|compare [options]

Shows the dashboards of a running stack without a Grafana server.

  serve           shows them at http://localhost:3300, and again after each save in dashboards/ or config/
  shoot <folder>  writes a PNG of each dashboard; needs Chromium
  compare <before> <after> <folder>
                  writes a PNG before and one after, for each dashboard that differs between two rendered stacks (folders
                  that \`npm run render\` wrote), both with the last half hour of data; needs Chromium

  --stack NAME    the running stack whose data they show (default: ${defaultStackInWords})
  --port N        with serve: another port
  --theme NAME    for pictures: dark (default) or light
  --width PIXELS  for pictures: width of the window (default 1400); 390 is a phone's
`;

const log = (line: string) => process.stdout.write(`${line}\n`);

/** Milliseconds without a further save. */
const settled = 200;

interface Started {
  readonly server: ChildProcess;
  readonly url: string;
}

/** Serves a folder of dashboards with the data of a running stack. */
async function startServer(settings: Settings, folder: string, port: number): Promise<Started> {
  const viewer = await ensureViewer(cacheFolder(), log);
  const server = spawn(
    process.execPath,
    [join(viewer, "server.mjs"), "--watch", "--port", String(port), "--dashboards", folder, ...sources(settings)],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const url = `http://localhost:${port}`;
  await answers(url);
  return { server, url };
}

/** Writes the dashboards of the checkout, in a process of its own: this one would keep the sources it loaded at first. */
function write(stack: string, folder: string): Promise<string> {
  return run(process.execPath, [join(root, "scripts/dashboards/write.ts"), stack, folder]);
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
  const settings = deployedSettings(stack);
  await inScratchFolder(async (folder) => {
    await write(stack, folder);
    const { server, url } = await startServer(settings, folder, port);
    log(`The dashboards of ${stack} are at ${url}. Stop with Ctrl+C.`);
    let timer: NodeJS.Timeout | undefined;
    const again = () =>
      write(stack, folder).then(
        () => log("Rendered again."),
        (error: Error) => log(error.message),
      );
    for (const watched of ["dashboards", "config"]) {
      watch(join(root, watched), { recursive: true }, () => {
        clearTimeout(timer);
        timer = setTimeout(again, settled);
      });
    }
    await once(server, "exit");
  });
  return 0;
}

interface Picture {
  readonly theme: string;
  readonly width: string;
}

async function shoot(stack: string, target: string, picture: Picture): Promise<number> {
  const settings = deployedSettings(stack);
  await ensureViewerPackages(log);
  await inScratchFolder(async (folder) => {
    await write(stack, folder);
    await photograph(settings, folder, target, picture);
  });
  return 0;
}

async function compare(
  stack: string,
  before: string,
  after: string,
  target: string,
  picture: Picture,
): Promise<number> {
  const settings = deployedSettings(stack);
  const sides = [
    { folder: dashboardFolder(before), suffix: "-before" },
    { folder: dashboardFolder(after), suffix: "-after" },
  ];
  const changed = changedDashboards(dashboardFolder(before), dashboardFolder(after));
  if (changed.length === 0) {
    log("No dashboard differs.");
    return 0;
  }
  await ensureViewerPackages(log);
  // One range for all, and data that is all there.
  const to = Date.now() - 30_000;
  const range = ["--from", String(to - 1_800_000), "--to", String(to)];
  for (const { folder, suffix } of sides) {
    const there = changed.filter((uid) => existsSync(join(folder, `${uid}.json`)));
    if (there.length === 0) continue;
    const only = there.flatMap((uid) => ["--only", uid]);
    await photograph(settings, folder, target, picture, ...range, ...only, `--suffix=${suffix}`);
  }
  return 0;
}

/** Writes the PNGs of a folder of dashboards. */
async function photograph(settings: Settings, folder: string, target: string, picture: Picture, ...more: string[]) {
  const { server, url } = await startServer(settings, folder, await freePort());
  try {
    const words = ["--url", url, "--theme", picture.theme, "--width", picture.width, ...more, resolve(target)];
    log((await run(process.execPath, [join(root, "viewer/commands/shoot.ts"), ...words])).trimEnd());
  } finally {
    server.kill();
  }
}

async function inScratchFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "white-room-dashboards-"));
  // Runs after Ctrl+C as well.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await work(folder);
}

function pictureOf({ theme, width }: Picture): Picture {
  if (!["dark", "light"].includes(theme)) throw new WrongWords(`--theme ${theme} is unknown; use dark or light`);
  if (!/^[1-9]\d{2,3}$/.test(width)) throw new WrongWords(`--width ${width} is not a number of pixels, such as 390`);
  return { theme, width };
}

function portOf(port: string): number {
  const number = Number(port);
  if (/^\d+$/.test(port) && number >= 1 && number <= 65_535) return number;
  throw new WrongWords(`--port ${port} is not a port; use a number from 1 to 65535`);
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
  if (command === "shoot" && folder !== undefined && rest.length === 0) return shoot(stack, folder, pictureOf(values));
  const [after, target, ...more] = rest;
  if (command === "compare" && folder !== undefined && target !== undefined && after !== undefined && more.length === 0)
    return compare(stack, folder, after, target, pictureOf(values));
  throw new WrongWords("use serve, shoot and a folder, or compare and three folders");
}

endWithCommands();
try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
