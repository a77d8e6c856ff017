import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { allDashboards } from "../dashboards/all.ts";
import { findProgram } from "./lib/run-command.ts";
import { exitCodeOf, WrongWords } from "./lib/wrong-words.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { grafanaAddress } from "./verify/addresses.ts";
import { grafanaHeaders } from "./verify/grafana.ts";

const help = `npm run screenshots -- <folder> [--stack NAME]

Takes a picture of every dashboard in the running Grafana, with the Chrome or Chromium of this machine.

  <folder>       where to write; one PNG a dashboard
  --stack NAME   the stack, as in Pulumi.<NAME>.yaml (default: ${defaultStackInWords})
`;

/** Milliseconds for Grafana to load and all panels to answer. */
const drawingTime = 15_000;

/** Width and height in pixels: most of the panels without scrolling, which Grafana loads only when they are in sight. */
const [width, height] = [1600, 3200];

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stack: { type: "string", default: defaultStack() }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) {
    process.stdout.write(help);
    return 0;
  }
  const [folder, ...rest] = positionals;
  if (folder === undefined || rest.length > 0) throw new WrongWords("name one folder");
  const settings = deployedSettings(values.stack);
  const names = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];
  const chrome = names.map((name) => findProgram(name)).find(Boolean);
  if (chrome === undefined) throw new Error(`none of ${names.join(", ")} is on PATH`);
  mkdirSync(folder, { recursive: true });
  const profile = mkdtempSync(join(tmpdir(), "white-room-chrome-"));
  // Chrome's own sandbox needs user namespaces, which containers and some hosts refuse; only this Grafana is opened.
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--hide-scrollbars"];
  const browser = spawn(chrome, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = new Promise((done) => browser.once("close", done));
  try {
    const page = await Page.open(await devToolsUrl(browser.stderr));
    await page.send("Network.enable");
    await page.send("Network.setExtraHTTPHeaders", { headers: grafanaHeaders(values.stack, settings) });
    await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    for (const { content } of allDashboards(settings)) {
      const { uid } = JSON.parse(content) as { uid: string };
      await page.send("Page.navigate", { url: `${grafanaAddress(settings)}/d/${uid}?kiosk` });
      await sleep(drawingTime);
      const { data } = (await page.send("Page.captureScreenshot", { format: "png" })) as { data: string };
      writeFileSync(join(folder, `${uid}.png`), Buffer.from(data, "base64"));
      process.stdout.write(`${join(folder, `${uid}.png`)}\n`);
    }
    page.close();
    return 0;
  } finally {
    browser.kill();
    await closed;
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Address that Chrome writes to its standard error when it listens. */
async function devToolsUrl(stderr: NodeJS.ReadableStream): Promise<URL> {
  let said = "";
  for await (const chunk of stderr) {
    said += String(chunk);
    const found = /DevTools listening on (ws:\S+)/.exec(said)?.[1];
    if (found !== undefined) return new URL(found);
  }
  throw new Error(`Chrome did not start: ${said}`);
}

/** A tab, by https://chromedevtools.github.io/devtools-protocol/ */
class Page {
  private readonly socket: WebSocket;
  private readonly waiting = new Map<number, PromiseWithResolvers<unknown>>();
  private last = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result, error } = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: Error };
      const waiter = id === undefined ? undefined : this.waiting.get(id);
      if (error === undefined) waiter?.resolve(result);
      else waiter?.reject(new Error(error.message));
    });
  }

  static async open({ host }: URL): Promise<Page> {
    const tab = await fetch(`http://${host}/json/new?about:blank`, { method: "PUT" });
    const { webSocketDebuggerUrl } = (await tab.json()) as { webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((done, fail) => {
      socket.addEventListener("open", done);
      socket.addEventListener("error", () => fail(new Error("Chrome's tab cannot be reached")));
    });
    return new Page(socket);
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const waiter = Promise.withResolvers<unknown>();
    this.waiting.set(++this.last, waiter);
    this.socket.send(JSON.stringify({ id: this.last, method, params }));
    return waiter.promise;
  }

  close(): void {
    this.socket.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.exitCode = exitCodeOf(error, help);
}
