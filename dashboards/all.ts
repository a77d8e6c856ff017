import type { RenderedFile } from "../config/file.ts";
import { extraDashboards } from "../config/settings/extra-dashboards.ts";
import type { Settings } from "../config/settings/schema.ts";
import { renderDashboards } from "./index.ts";

/** The project's dashboards and the user's own, which were judged with the config. */
export function allDashboards(settings: Settings): RenderedFile[] {
  return [...renderDashboards(settings), ...extraDashboards(settings).files];
}
