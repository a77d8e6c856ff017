import { resolve } from "node:path";
import type { RenderedFile } from "../config/file.ts";
import { dashboardUids } from "../config/links.ts";
import type { Problem } from "../config/problems.ts";
import type { Settings } from "../config/schema.ts";
import { readExtraDashboards } from "./extra.ts";
import { renderDashboards } from "./index.ts";

/** The project's dashboards and the user's own; a relative folder counts from the project's. */
export function allDashboards(settings: Settings): { files: RenderedFile[]; problems: Problem[] } {
  const files = renderDashboards(settings);
  const folder = settings.visualization.extraDashboards;
  if (folder === undefined) return { files, problems: [] };
  const extra = readExtraDashboards(resolve(import.meta.dirname, "..", folder), Object.values(dashboardUids));
  const problems = extra.problems.map(({ file, message }) => ({
    path: "visualization.extraDashboards",
    message: `${file} ${message}`,
  }));
  return { files: [...files, ...extra.files], problems };
}
