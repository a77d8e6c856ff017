import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { allDashboards } from "../dashboards/all.ts";
import { findProgram } from "./lib/find-program.ts";
import { exitCodeOf, UsageError } from "./lib/usage-error.ts";
import { deployedSettings } from "./start/deployed-settings.ts";
import { defaultStack, defaultStackInWords } from "./start/last-started.ts";
import { grafanaAddress } from "./verify/addresses.ts";
import { grafanaHeaders } from "./verify/grafana.ts";

const help = `npm run screenshots -- <folder> [--stack NAME]

Takes a screenshot of every dashboard in the running Grafana. Requires Chrome or Chromium.

  <folder>       output folder, one PNG per dashboard
  --stack NAME   the stack, as in Pulumi.<NAME>.yaml (default: ${defaultStackInWords})
`;

/** Milliseconds for Grafana and all panels to load. */
const loadTime = 15_000;

/** Viewport in pixels. It is tall because Grafana loads panels only when visible. */
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
  if (folder === undefined || rest.length > 0) throw new UsageError("one folder is required");
  const settings = deployedSettings(values.stack);
  const names = ["google-chrome", "google-chrome-stable", "chromium", "chromium-browser"];
  const chrome = names.map((name) => findProgram(name)).find(Boolean);
  if (chrome === undefined)
    throw new Error(`Chrome or Chromium is not installed: none of ${names.join(", ")} is on PATH`);
  mkdirSync(folder, { recursive: true });
  const profile = mkdtempSync(join(tmpdir(), "white-room-chrome-"));
  // Chrome's sandbox needs user namespaces, which containers and some hosts do not allow. Only this Grafana is opened.
  const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0", "--hide-scrollbars"];
  const browser = spawn(chrome, [...flags, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = new Promise((done) => browser.once("close", done));
  try {
    const page = await Page.open(await devToolsUrl(browser.stderr));
    await page.send("Network.enable");
    await page.send("Network.setExtraHTTPHeaders", { headers: await grafanaHeaders(values.stack, settings) });
    await page.send("Emulation.setDeviceMetricsOverride", { width, height, deviceScaleFactor: 1, mobile: false });
    for (const { content } of allDashboards(settings)) {
      const { uid } = JSON.parse(content) as { uid: string };
      await page.send("Page.navigate", { url: `${grafanaAddress(settings)}/d/${uid}?kiosk` });
      await sleep(loadTime);
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

/** DevTools URL that Chrome writes to its standard error on startup. */
async function devToolsUrl(stderr: NodeJS.ReadableStream): Promise<URL> {
  let output = "";
  for await (const chunk of stderr) {
    output += String(chunk);
    const found = /DevTools listening on (ws:\S+)/.exec(output)?.[1];
    if (found !== undefined) return new URL(found);
  }
  throw new Error(`Chrome did not start: ${output}`);
}

/** A browser tab, controlled with the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/ */
class Page {
  private readonly socket: WebSocket;
  private readonly pending = new Map<number, PromiseWithResolvers<unknown>>();
  private lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result, error } = JSON.parse(String(data)) as { id?: number; result?: unknown; error?: Error };
      const request = id === undefined ? undefined : this.pending.get(id);
      if (error === undefined) request?.resolve(result);
      else request?.reject(new Error(error.message));
    });
  }

  static async open({ host }: URL): Promise<Page> {
    const tab = await fetch(`http://${host}/json/new?about:blank`, { method: "PUT" });
    const { webSocketDebuggerUrl } = (await tab.json()) as { webSocketDebuggerUrl: string };
    const socket = new WebSocket(webSocketDebuggerUrl);
    await new Promise((done, fail) => {
      socket.addEventListener("open", done);
      socket.addEventListener("error", () => fail(new Error("Cannot connect to the Chrome tab")));
    });
    return new Page(socket);
  }

  send(method: string, params: object = {}): Promise<unknown> {
    const request = Promise.withResolvers<unknown>();
    this.pending.set(++this.lastId, request);
    this.socket.send(JSON.stringify({ id: this.lastId, method, params }));
    return request.promise;
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
