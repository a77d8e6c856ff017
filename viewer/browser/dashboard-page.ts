import type { Browser, Page } from "playwright-core";

export interface PageOptions {
  /** Address of the viewer, such as "http://localhost:3000". */
  readonly url: string;
  readonly width: number;
  readonly theme: "dark" | "light";
  /** Time range in Unix milliseconds, whose end is "now"; default: the dashboard's. */
  readonly range?: readonly [from: number, to: number];
}

/** Initial height of the window, before the height of the page is known. */
const initialHeight = 1000;

/** Milliseconds for all panels of a dashboard to load, with a margin for busy machines. */
const timeout = 60_000;

/** Lists the dashboards, home first. */
export async function listDashboards(url: string): Promise<{ uid: string; title: string }[]> {
  const response = await fetch(`${url}/api/dashboards`);
  if (!response.ok) throw new Error(`${url} returned ${response.status}`);
  return ((await response.json()) as { dashboards: { uid: string; title: string }[] }).dashboards;
}

/** Opens a dashboard in a window as tall as the page, and waits until all panels have loaded. */
export async function openDashboard(
  browser: Browser,
  uid: string,
  { url, width, theme, range }: PageOptions,
): Promise<Page> {
  const zone = range && { timezoneId: "UTC" };
  const page = await browser.newPage({ viewport: { width, height: initialHeight }, colorScheme: theme, ...zone });
  // Relative times, such as "2 minutes ago", would differ between screenshots of the same data.
  if (range !== undefined) await page.clock.setFixedTime(range[1]);
  // Disable auto-refresh, so that the page does not change during a test.
  const times = range && { from: String(range[0]), to: String(range[1]) };
  await page.goto(`${url}/d/${uid}?${new URLSearchParams({ theme, refresh: "", ...times })}`);
  await page.waitForSelector("[data-testid=panel]", { timeout });
  // Panels outside the viewport do not load.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.max(initialHeight, height) });
  await settled(page);
  return page;
}

/** Waits until all panels and annotations have loaded and are drawn. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      document.querySelector("main[aria-busy=true]") === null &&
      [...document.querySelectorAll<HTMLElement>("[data-testid=panel]")].every(
        ({ dataset }) => dataset["state"] !== "loading" && dataset["state"] !== "waiting",
      ),
    undefined,
    { timeout },
  );
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}
