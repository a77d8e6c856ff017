import type { Browser, Page } from "playwright-core";

export interface PageOptions {
  /** Address of the viewer, such as "http://localhost:3000". */
  readonly url: string;
  readonly width: number;
  readonly theme: "dark" | "light";
  /** Both ends of the time range, in milliseconds since 1970; left out: the dashboard's own. */
  readonly range?: readonly [from: number, to: number];
}

/** Height of the window until the page's own is known. */
const firstHeight = 1000;

/** Milliseconds that all panels of a dashboard may take on a busy machine. */
const patience = 60_000;

/** Uids of the dashboards, home first. */
export async function listDashboards(url: string): Promise<{ uid: string; title: string }[]> {
  const answer = await fetch(`${url}/api/dashboards`);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return ((await answer.json()) as { dashboards: { uid: string; title: string }[] }).dashboards;
}

/** Opens a dashboard in a window that shows it whole, and waits until every panel has an answer. */
export async function openDashboard(
  browser: Browser,
  uid: string,
  { url, width, theme, range }: PageOptions,
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height: firstHeight }, colorScheme: theme });
  // Without a refresh, so that nothing changes while it is looked at.
  const times = range && { from: String(range[0]), to: String(range[1]) };
  await page.goto(`${url}/d/${uid}?${new URLSearchParams({ theme, refresh: "", ...times })}`);
  await page.waitForSelector("[data-testid=panel]", { timeout: patience });
  // Panels that nobody has seen ask nothing.
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.max(firstHeight, height) });
  await settled(page);
  return page;
}

/** Waits until no panel waits for an answer, and the last answer is drawn. */
export async function settled(page: Page): Promise<void> {
  await page.waitForFunction(
    () =>
      [...document.querySelectorAll<HTMLElement>("[data-testid=panel]")].every(
        ({ dataset }) => dataset["state"] !== "loading" && dataset["state"] !== "waiting",
      ),
    undefined,
    { timeout: patience },
  );
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
}
