import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type Browser, startBrowser } from "../../../viewer/browser/chromium.ts";
import { settled } from "../../../viewer/browser/dashboard-page.ts";
import { firstPaint, shownPanels, statValues } from "../../../viewer/browser/measure.ts";
import { eventually } from "../running-stack.ts";
import { apply, fast, settingsOf, stack } from "../sandbox/sandbox.ts";
import { dashboardProblems, desktop, phone, withDashboard } from "./pages.ts";

const settings = settingsOf(fast);
const url = `http://localhost:${settings.visualization.port}`;

/** Colors of Grafana's dark theme by their name in thresholds. */
const colors: Readonly<Record<string, string>> = {
  green: "rgb(115, 191, 105)",
  red: "rgb(242, 73, 92)",
  orange: "rgb(255, 152, 48)",
  yellow: "rgb(250, 222, 42)",
  blue: "rgb(87, 148, 242)",
  "dark-green": "rgb(55, 135, 45)",
  "dark-red": "rgb(196, 22, 42)",
};

let browser: Browser;

before(async () => {
  await apply(fast);
  await eventually(
    "five minutes of the demo's traffic",
    330,
    async () => (await stack.prometheus("count(whiteroom_http_requests_total offset 5m)")).length > 0,
  );
  browser = await startBrowser();
});

after(() => browser?.close());

describe("every dashboard in a browser", () => {
  test("has no errors, unexplained empty panels or layout problems, on desktop (dark) and phone (light)", async () => {
    assert.deepEqual(await dashboardProblems(browser, url, [desktop, phone]), []);
  });

  test("loads all its icons, fonts and scripts", async () => {
    const page = await browser.newPage();
    const missing: string[] = [];
    page.on("response", (answer) => {
      if (answer.status() >= 400) missing.push(`${answer.status()} ${answer.url()}`);
    });
    await page.goto(`${url}/d/white-room-home`);
    await page.locator("svg").first().waitFor();
    await settled(page);
    await page.close();
    assert.deepEqual(missing, []);
  });

  test("uses the threshold colors", async () => {
    await withDashboard(browser, url, "white-room-home", desktop, async (page) => {
      const values = await statValues(page);
      const [down] = values.filter(({ panel }) => panel === "Targets down");
      assert.equal(down?.color, colors[Number(down?.text) >= 1 ? "red" : "green"]);
      const tiles = values.filter(({ text }) => text === "Up" || text === "Down");
      assert.ok(tiles.length >= 8);
      for (const { text, background } of tiles)
        assert.equal(background, colors[text === "Up" ? "dark-green" : "dark-red"]);
      const firing = values.filter(({ panel, text }) => panel === "Alerts firing" && /^\d+$/.test(text));
      const names = ["red", "orange", "yellow", "blue"];
      assert.deepEqual(
        firing.map(({ color }) => color),
        firing.map(({ text }, index) => colors[Number(text) >= 1 ? (names[index] ?? "") : "green"]),
      );
    });
  });

  test("paints within two seconds", async (context) => {
    let best = Number.POSITIVE_INFINITY;
    // The fastest of several attempts measures the page, not the load of the machine.
    for (let attempt = 0; attempt < 5 && best > 2000; attempt++) {
      best = Math.min(best, await withDashboard(browser, url, "white-room-home", desktop, firstPaint));
    }
    context.diagnostic(`first paint after ${Math.round(best)} ms`);
    assert.ok(best <= 2000, `${best} ms`);
  });
});

describe("interaction", () => {
  const graph = '[data-panel="Request rate"] .u-over';
  const dashboard = "white-room-application-performance";

  test("hovering shows a tooltip, and dragging zooms", async () => {
    await withDashboard(browser, url, dashboard, desktop, async (page) => {
      const over = page.locator(graph).first();
      const box = await over.boundingBox();
      assert.ok(box !== null);
      // The right edge: the demo has been running for only a few minutes.
      await page.mouse.move(box.x + box.width * 0.985, box.y + box.height * 0.5);
      await page.mouse.move(box.x + box.width * 0.99, box.y + box.height * 0.5);
      const tooltip = await page.waitForSelector('[data-testid="tooltip"]');
      assert.match((await tooltip.textContent()) ?? "", /juce-backend\s*[\d.]+ req\/s/);
      await page.mouse.down();
      await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.5, { steps: 5 });
      await page.mouse.up();
      await page.waitForURL(/from=\d{13}&to=\d{13}/);
    });
  });

  test("the selected value of a variable is kept in links to other dashboards", async () => {
    await withDashboard(browser, url, dashboard, desktop, async (page) => {
      await page.locator("#var-cluster").click();
      await page.getByRole("option", { name: settings.cluster }).click();
      await page.waitForURL(new RegExp(`var-cluster=${settings.cluster}`));
      await page.keyboard.press("Escape");
      await settled(page);
      await page.locator(".viewer-links a", { hasText: "System Health" }).click();
      await page.waitForURL(new RegExp(`/d/white-room-system-health\\?var-cluster=${settings.cluster}`));
      await page.locator("h1", { hasText: "System Health" }).waitFor();
    });
  });

  test("rows, links and graphs are keyboard accessible", async () => {
    await withDashboard(browser, url, dashboard, desktop, async (page) => {
      const row = page.locator(".viewer-row button").first();
      await row.focus();
      const before = (await shownPanels(page)).length;
      await page.keyboard.press("Enter");
      assert.equal(await row.getAttribute("aria-expanded"), "false");
      assert.ok((await shownPanels(page)).length < before);
      await page.keyboard.press("Enter");
      await settled(page);
      const reaches = async (key: string, selector: string) => {
        for (let press = 0; press < 100; press++) {
          await page.keyboard.press(key);
          if (await page.evaluate((selector) => document.activeElement?.matches(selector), selector)) return true;
        }
        return false;
      };
      // Dashboard links are above the first row.
      assert.ok(await reaches("Shift+Tab", ".viewer-links a"));
      assert.ok(await reaches("Tab", ".viewer-row button"));
      assert.ok(await reaches("Tab", "[data-testid=panel] [tabindex='0']"));
      const focusable = await page.evaluate(
        () =>
          [
            ...document.querySelectorAll<HTMLElement>(
              ".viewer a, .viewer button, .viewer input, .viewer [tabindex='0']",
            ),
          ].filter((element) => element.tabIndex >= 0).length,
      );
      assert.ok(focusable > 20, `${focusable}`);
    });
  });

  test("a note explains that this is a preview", async () => {
    await withDashboard(browser, url, "white-room-home", phone, async (page) => {
      assert.match((await page.locator(".viewer-preview").textContent()) ?? "", /^This is a preview /);
    });
  });
});
