import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { cacheFolder } from "../../../scripts/offline/cache.ts";
import { ensureViewer } from "../../../scripts/offline/viewer.ts";
import { type Browser, type Page, startBrowser } from "../../../viewer/browser/chromium.ts";
import { openDashboard } from "../../../viewer/browser/dashboard-page.ts";
import { layoutProblems, shownPanels } from "../../../viewer/browser/measure.ts";
import { createApp } from "../../../viewer/server/app.ts";

const folder = mkdtempSync(join(tmpdir(), "white-room-hostile-"));
const html = '<img src=x onerror="window.stolen = true"><script>window.stolen = true</script>';

/** Number of series returned by a query that is too broad. */
const many = 100_000;

const panel = (id: number, type: string, title: string, expr: string, more: object = {}) => ({
  id,
  type,
  title,
  gridPos: { x: (id % 2) * 12, y: Math.floor(id / 2) * 8, w: 12, h: 8 },
  datasource: { type: type === "logs" ? "loki" : "prometheus", uid: "x" },
  targets: [
    { refId: "A", expr, datasource: { type: type === "logs" ? "loki" : "prometheus" }, instant: type !== "timeseries" },
  ],
  fieldConfig: {
    defaults: {
      color: { mode: "thresholds" },
      thresholds: { mode: "absolute", steps: [{ value: null, color: "green" }] },
    },
    overrides: [],
  },
  options: {
    reduceOptions: { calcs: ["lastNotNull"] },
    textMode: "value_and_name",
    colorMode: "value",
    graphMode: "none",
    legend: { showLegend: true, displayMode: "list", placement: "bottom", calcs: [] },
    tooltip: { mode: "multi", sort: "none" },
    displayMode: "basic",
    valueMode: "text",
    namePlacement: "auto",
    minVizHeight: 16,
    minVizWidth: 8,
    maxVizHeight: 300,
  },
  ...more,
});

const dashboard = {
  uid: "hostile",
  title: `Hostile ${html}`,
  panels: [
    panel(0, "stat", "HTML", "html"),
    panel(1, "table", "HTML table", "html"),
    panel(2, "timeseries", "Many", "many"),
    panel(3, "timeseries", "NaN", "nan"),
    panel(4, "stat", "NaN value", "nan"),
    panel(5, "logs", "Escapes", "{}"),
    panel(6, "timeseries", "Failed query", "broken"),
    panel(7, "geomap", "Unknown type", "html"),
    panel(8, "table", "Unknown transformation", "html", { transformations: [{ id: "joinByField", options: {} }] }),
    panel(9, "stat", "Unknown unit", "html", { fieldConfig: { defaults: { unit: "furlongs" }, overrides: [] } }),
    panel(10, "bargauge", "Bars", "html"),
  ],
};

function series(query: string, limit: number): object[] {
  const now = Math.floor(Date.now() / 15_000) * 15;
  const of = (name: string, value: string) => ({
    metric: { name },
    value: [now, value],
    values: [
      [now - 30, value],
      [now - 15, value],
    ],
  });
  if (query === "many") return Array.from({ length: Math.min(many, limit) }, (_, index) => of(`series ${index}`, "1"));
  if (query === "nan") return [of("a", "NaN"), of("b", "+Inf")];
  return [of(html, "1")];
}

const fake = createServer(async (incoming, outgoing) => {
  let body = "";
  for await (const chunk of incoming) body += chunk;
  const parameters = new URLSearchParams(body);
  const query = parameters.get("query") ?? "";
  if (query === "broken") {
    outgoing.writeHead(500).end(html);
    return;
  }
  const limit = Number(parameters.get("limit") ?? many);
  const result = incoming.url?.startsWith("/loki")
    ? [
        {
          stream: { level: "error", [`x`]: html },
          values: [[`${Date.now()}000000`, `\u001b[31m${html}\u001b[0m\u202e`]],
        },
      ]
    : series(query, limit);
  outgoing.setHeader("content-type", "application/json");
  outgoing.end(JSON.stringify({ status: "success", data: { resultType: "x", result } }));
});

let viewer: Server;
let browser: Browser;
let page: Page;

before(async () => {
  writeFileSync(join(folder, "hostile.json"), JSON.stringify(dashboard));
  writeFileSync(join(folder, "broken.json"), "{");
  const source = await listen(fake);
  viewer = createApp({
    dashboards: folder,
    assets: join(await ensureViewer(cacheFolder(), console.log), "assets"),
    scrapeInterval: "15s",
    targets: { prometheus: source, loki: source },
  });
  const url = await listen(viewer);
  browser = await startBrowser();
  page = await openDashboard(browser, "hostile", { url, width: 1400, theme: "dark" });
});

after(async () => {
  await browser?.close();
  viewer?.close();
  fake.close();
  rmSync(folder, { recursive: true });
});

const panelOf = (title: string) => page.locator(`[data-panel="${title}"]`);

test("HTML in labels, log lines, titles and errors is escaped", async () => {
  assert.equal(await page.evaluate(() => (window as { stolen?: boolean }).stolen), undefined);
  assert.equal(await page.locator("img[src=x]").count(), 0);
  assert.match((await panelOf("HTML").textContent()) ?? "", /<img src=x/);
  assert.match((await panelOf("Escapes").textContent()) ?? "", /<img src=x onerror="window.stolen = true"><script>/);
});

test("a query for 100,000 series is truncated with a notice", async () => {
  const notice = panelOf("Many").locator(".viewer-notice");
  assert.equal(
    await notice.getAttribute("aria-label"),
    "A query returned more than 500 series; the first 500 are shown.",
  );
});

test("errors are shown only in the affected panel", async () => {
  const states = new Map((await shownPanels(page)).map(({ title, state, message }) => [title, message ?? state]));
  assert.equal(states.get("HTML"), "data");
  assert.equal(states.get("HTML table"), "data");
  assert.equal(states.get("NaN"), "data");
  assert.equal(states.get("Bars"), "data");
  assert.match(states.get("Failed query") ?? "", /^<img src=x/);
  assert.match(states.get("Unknown type") ?? "", /^Panel "Unknown type": unsupported panel type "geomap"; supported: /);
  assert.match(states.get("Unknown transformation") ?? "", /unsupported transformation "joinByField"/);
  assert.match(states.get("Unknown unit") ?? "", /unknown unit "furlongs"/);
});

test("unsupported features are listed with file and panel", async () => {
  const text = (await page.locator(".viewer").textContent()) ?? "";
  assert.match(text, /broken\.json: not a dashboard: /);
  assert.match(text, /hostile\.json: panel "Unknown type": unsupported panel type "geomap"/);
});

test("panels do not overlap", async () => {
  const problems = await layoutProblems(page);
  assert.deepEqual(
    problems.filter((problem) => /overlap|pixels wide/.test(problem)),
    [],
  );
});

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
