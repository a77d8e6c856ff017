import { type ExtraDashboard, extraDashboards } from "../config/settings/extra-dashboards.ts";
import type { Settings } from "../config/settings/schema.ts";
import { renderDashboards } from "./index.ts";

/** Built-in and user dashboards; the latter were validated with the config. */
export function allDashboards(settings: Settings): ExtraDashboard[] {
  return [...renderDashboards(settings), ...extraDashboards(settings).files];
}
