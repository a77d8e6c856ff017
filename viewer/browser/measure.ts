import type { Page } from "playwright-core";

/** A panel as displayed in the browser. */
export interface ShownPanel {
  readonly title: string;
  readonly type: string;
  readonly state: string;
  /** The text shown instead of data, if any. */
  readonly message: string | undefined;
}

export function shownPanels(page: Page): Promise<ShownPanel[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>("[data-testid=panel]")].map((element) => ({
      title: element.dataset["panel"] ?? "",
      type: element.dataset["type"] ?? "",
      state: element.dataset["state"] ?? "",
      message: element.querySelector(".viewer-message")?.textContent ?? undefined,
    })),
  );
}

/** Reports truncated text, overlapping panels and horizontal overflow of the page. */
export function layoutProblems(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const problems: string[] = [];
    const panels = [...document.querySelectorAll<HTMLElement>("[data-testid=panel]")];
    const boxes = panels.map((element) => ({ name: element.dataset["panel"], box: element.getBoundingClientRect() }));
    for (const [index, one] of boxes.entries()) {
      for (const other of boxes.slice(index + 1)) {
        const apart =
          one.box.right <= other.box.left ||
          other.box.right <= one.box.left ||
          one.box.bottom <= other.box.top ||
          other.box.bottom <= one.box.top;
        if (!apart) problems.push(`"${one.name}" and "${other.name}" overlap`);
      }
    }
    for (const element of panels) {
      const name = element.dataset["panel"];
      const outer = element.getBoundingClientRect();
      const title = element.querySelector<HTMLElement>("h2");
      if (title === null) problems.push(`"${name}" has no title`);
      else if (title.scrollWidth > title.clientWidth + 1) problems.push(`the title of "${name}" is truncated`);
      for (const label of element.querySelectorAll<HTMLElement>(
        '[data-testid*="VizLegend series"] button, [class*="LegendLabel"]',
      )) {
        const box = label.getBoundingClientRect();
        if (label.scrollWidth > label.clientWidth + 1 || box.left < outer.left - 1 || box.right > outer.right + 1) {
          problems.push(`"${label.textContent}" in the legend of "${name}" is truncated`);
        }
      }
    }
    const width = document.documentElement.scrollWidth;
    if (width > innerWidth) problems.push(`the page is ${width} pixels wide in a window of ${innerWidth}`);
    return problems;
  });
}

/** A value with its text color, and the background color of a filled tile. */
export interface ColouredValue {
  readonly panel: string;
  readonly text: string;
  readonly color: string;
  readonly background: string;
}

export function statValues(page: Page): Promise<ColouredValue[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[data-type="stat"]')].flatMap((panel) =>
      [...panel.querySelectorAll<HTMLElement>("span")]
        .filter((span) => span.children.length === 0 && (span.textContent ?? "") !== "" && span.closest("h2") === null)
        .map((span) => {
          let tile: HTMLElement | null = span;
          while (
            tile !== null &&
            tile !== panel &&
            ["rgba(0, 0, 0, 0)", ""].includes(getComputedStyle(tile).backgroundColor)
          ) {
            tile = tile.parentElement;
          }
          return {
            panel: panel.dataset["panel"] ?? "",
            text: span.textContent ?? "",
            color: getComputedStyle(span).color,
            background: tile === null || tile === panel ? "" : getComputedStyle(tile).backgroundColor,
          };
        }),
    ),
  );
}

/** Milliseconds until the first contentful paint. */
export function firstPaint(page: Page): Promise<number> {
  return page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.POSITIVE_INFINITY,
  );
}
