import type { Browser, Page } from "../../../viewer/browser/chromium.ts";
import { openDashboard } from "../../../viewer/browser/dashboard-page.ts";
import { layoutProblems, shownPanels } from "../../../viewer/browser/measure.ts";

/** A window: a desktop's or a phone's. */
export interface View {
  readonly width: number;
  readonly theme: "dark" | "light";
}

export const desktop: View = { width: 1400, theme: "dark" };
export const phone: View = { width: 390, theme: "light" };

/** Opens a dashboard, waits until all its panels have their data, and closes it when the work is done. */
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

/** Panels with an error or without a reason for having no data, warnings, and what is cut off or covered. */
export async function pageProblems(page: Page): Promise<string[]> {
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
