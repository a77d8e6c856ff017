import assert from "node:assert/strict";
import type { Browser, Page } from "../../../viewer/browser/chromium.ts";
import { listDashboards, openDashboard } from "../../../viewer/browser/dashboard-page.ts";
import { layoutProblems, shownPanels } from "../../../viewer/browser/measure.ts";

export interface View {
  readonly width: number;
  readonly theme: "dark" | "light";
}

export const desktop: View = { width: 1400, theme: "dark" };
export const phone: View = { width: 390, theme: "light" };

/** Opens a dashboard, waits until all panels have loaded, runs the work and closes the page. */
export async function withDashboard<T>(
  browser: Browser,
  url: string,
  uid: string,
  view: View,
  work: (page: Page) => Promise<T>,
): Promise<T> {
  const page = await openDashboard(browser, uid, { url, ...view });
  try {
    return await work(page);
  } finally {
    await page.close();
  }
}

/** Problems of every dashboard in each view. Opens two pages at a time, because a page mostly waits for its queries. */
export async function dashboardProblems(browser: Browser, url: string, views: readonly View[]): Promise<string[]> {
  const queue = (await listDashboards(url)).flatMap((dashboard) => views.map((view) => ({ ...dashboard, view })));
  assert.ok(queue.length >= 7 * views.length, `only ${queue.length} pages`);
  const problems: string[] = [];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const { uid, title, view } = next;
      const found = await withDashboard(browser, url, uid, view, pageProblems);
      problems.push(...found.map((problem) => `${title}, ${view.width} px: ${problem}`));
    }
  };
  await Promise.all([worker(), worker()]);
  return problems;
}

/** Panels with an error or an unexplained lack of data, warnings on the page, and layout problems. */
async function pageProblems(page: Page): Promise<string[]> {
  const panels = await shownPanels(page);
  if (panels.length === 0) return ["has no panels"];
  const found = panels.flatMap(({ title, state, message }) => {
    if (state === "data") return [];
    return state === "empty" && message !== undefined && message !== "No data"
      ? []
      : [`"${title}" is ${state}: ${message}`];
  });
  const alerts = await page.locator('[role="alert"], [data-testid="data-testid Alert warning"]').allTextContents();
  return [...found, ...alerts, ...(await layoutProblems(page))];
}
