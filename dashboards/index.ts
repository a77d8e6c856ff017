import type { RenderedFile } from "../config/file.ts";
import { dashboardUids } from "../config/links.ts";
import type { Settings } from "../config/schema.ts";
import { home } from "./home.ts";
import { buildDashboard, type Dashboard } from "./lib/dashboard.ts";

/** Every dashboard that these settings have data for. */
export function dashboards(settings: Settings): Dashboard[] {
  return [home(settings)];
}

/** Grafana's files, `<uid>.json`. Same settings, same bytes. */
export function renderDashboards(settings: Settings): RenderedFile[] {
  const all = dashboards(settings);
  return all.map((dashboard) => ({
    path: `${dashboardUids[dashboard.name]}.json`,
    content: `${JSON.stringify(buildDashboard(settings, dashboard, all), null, 2)}\n`,
  }));
}
