import { dashboardUids } from "../config/products/links.ts";
import { type ExtraDashboard, extraDashboards } from "../config/settings/extra-dashboards.ts";
import type { Settings } from "../config/settings/schema.ts";
import { dashboards, renderDashboards } from "./index.ts";

/** Built-in and user dashboards; the latter were validated with the config. */
export function allDashboards(settings: Settings): ExtraDashboard[] {
  return [...renderDashboards(settings), ...extraDashboards(settings).files];
}

/** Whether the stack has a dashboard with this uid, built-in or of the user. */
export function hasDashboard(settings: Settings, uid: string): boolean {
  return (
    dashboards(settings).some(({ name }) => dashboardUids[name] === uid) ||
    extraDashboards(settings).files.some(({ path }) => path === `${uid}.json`)
  );
}
