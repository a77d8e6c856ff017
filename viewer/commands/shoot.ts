import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startBrowser } from "../browser/chromium.ts";
import { listDashboards, openDashboard, type PageOptions } from "../browser/dashboard-page.ts";

/** Writes a PNG of each dashboard, or of those selected by --only. Called by `scripts/dashboards.ts` with a running viewer. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    url: { type: "string", default: "http://localhost:3000" },
    theme: { type: "string", default: "dark" },
    width: { type: "string", default: "1400" },
    only: { type: "string", multiple: true },
    // Unix milliseconds; both or neither.
    from: { type: "string" },
    to: { type: "string" },
    // Appended to the file names.
    suffix: { type: "string", default: "" },
  },
});
const [folder = "."] = positionals;
const { url, only, suffix } = values;
const view = {
  url,
  width: Number(values.width),
  theme: values.theme === "light" ? "light" : "dark",
  ...(values.from !== undefined && { range: [Number(values.from), Number(values.to)] }),
} satisfies PageOptions as PageOptions;
mkdirSync(folder, { recursive: true });
const browser = await startBrowser();
try {
  for (const { uid } of await listDashboards(url)) {
    if (only?.includes(uid) === false) continue;
    const page = await openDashboard(browser, uid, view);
    const path = join(folder, `${uid}${suffix}.png`);
    await page.screenshot({ path });
    await page.close();
    process.stdout.write(`${path}\n`);
  }
} finally {
  await browser.close();
}
