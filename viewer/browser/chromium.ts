import { type Browser, chromium } from "playwright-core";
import { findProgram } from "../../scripts/lib/find-program.ts";

export type { Browser, Page } from "playwright-core";

/** Allow running as root and without a GPU, and disable background network traffic. */
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Otherwise, the anti-aliasing of an icon depends on what was drawn before it loaded.
  "--disable-partial-raster",
];

/** Starts the installed Chromium with an empty profile. Throws if none is installed. */
export async function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath(), args: flags });
}

function chromiumPath(): string {
  const configured = process.env["CHROMIUM"];
  if (configured !== undefined && configured !== "") return configured;
  for (const name of ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"]) {
    const found = findProgram(name);
    if (found !== undefined) return found;
  }
  throw new Error(
    "Chromium is not installed: run `apt-get install chromium`, or set CHROMIUM to the path of Chromium or Chrome",
  );
}
