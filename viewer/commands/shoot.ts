import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBrowser } from "../browser/chromium.ts";
import { listDashboards, openDashboard } from "../browser/dashboard-page.ts";

/** Writes one PNG a dashboard; `scripts/dashboards.ts` calls it with a running viewer. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string", default: "http://localhost:3000" },
    theme: { type: "string", default: "dark" },
    width: { type: "string", default: "1400" },
  },
});
const [folder = "."] = positionals;
const theme = values.theme === "light" ? "light" : "dark";
mkdirSync(folder, { recursive: true });
const browser = await startBrowser();
try {
  for (const { uid } of await listDashboards(values.url)) {
    const page = await openDashboard(browser, uid, { url: values.url, width: Number(values.width), theme });
    const path = join(folder, `${uid}.png`);
    await page.screenshot({ path });
    await page.close();
    process.stdout.write(`${path}\n`);
  }
} finally {
  await browser.close();
}
