import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { traitsOf } from "../../components/platform/traits.ts";
import { type RenderedFile, toJson } from "../file.ts";
import { dashboardUids } from "../products/links.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { isMap } from "./stack-file.ts";

/** The user's own dashboards that the settings name, and what is wrong with them; a relative folder counts from the project's. */
export function extraDashboards(settings: Settings): { files: RenderedFile[]; problems: Problem[] } {
  const { enabled, extraDashboards: folder } = settings.visualization;
  if (!enabled || folder === undefined) return { files: [], problems: [] };
  const path = "visualization.extraDashboards";
  const found = readExtraDashboards(resolve(import.meta.dirname, "../..", folder), Object.values(dashboardUids));
  const problems = found.problems.map(({ file, message }) => ({ path, message: `${file} ${message}` }));
  const size = Math.ceil(found.files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / 1024);
  const limit = traitsOf(settings).extraDashboardsLimit;
  if (size > limit) {
    const message = `${folder} holds ${size} KiB of dashboards, and a ConfigMap has room for ${limit} KiB beside the project's own: leave some out`;
    problems.push({ path, message });
  }
  return { files: found.files, problems };
}

/** A dashboard of the user's own that cannot be used: which file, what is wrong, what mends it. */
export interface ExtraDashboardProblem {
  readonly file: string;
  readonly message: string;
}

/**
 * Reads a folder of the user's own dashboards, each `*.json` as Grafana exports it. `known` are uids that are taken. Every
 * problem is reported, none is thrown; what cannot be used is left out of `files`.
 */
export function readExtraDashboards(
  dir: string,
  known: readonly string[],
): { files: RenderedFile[]; problems: ExtraDashboardProblem[] } {
  const owners = new Map(known.map((uid) => [uid, "a dashboard of this project"]));
  const files: RenderedFile[] = [];
  const problems: ExtraDashboardProblem[] = [];
  let names: string[];
  try {
    names = readdirSync(dir)
      .filter((name) => name.endsWith(".json"))
      .sort();
  } catch (error) {
    const message = `cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}): write the path of a folder, or leave visualization.extraDashboards out`;
    return { files, problems: [{ file: dir, message }] };
  }
  if (names.length === 0) problems.push({ file: dir, message: "holds no file that ends with .json: put one there" });
  for (const name of names) {
    const file = join(dir, name);
    const found = parse(file);
    if ("problem" in found) {
      problems.push({ file, message: found.problem });
      continue;
    }
    const { uid } = found.dashboard;
    const owner = owners.get(uid);
    if (owner !== undefined) {
      problems.push({ file, message: `has the uid ${JSON.stringify(uid)}, which ${owner} has: write another one` });
      continue;
    }
    owners.set(uid, file);
    files.push({ path: `${uid}.json`, content: toJson({ ...found.dashboard, id: null }) });
  }
  return { files, problems };
}

const uidForm = 'write "uid" with up to 40 letters, digits, "-" and "_"';

type Parsed = { readonly dashboard: { readonly uid: string } & Record<string, unknown> } | { readonly problem: string };

function parse(file: string): Parsed {
  let dashboard: unknown;
  try {
    dashboard = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return { problem: `is no JSON (${(error as Error).message}): export the dashboard from Grafana again` };
  }
  if (!isMap(dashboard)) return { problem: "is no dashboard: its JSON must be one object" };
  if ("__inputs" in dashboard) {
    return {
      problem:
        'was exported for sharing and asks for its data sources ("__inputs"): export it again without "Export for sharing externally"',
    };
  }
  if (isMap(dashboard["dashboard"]))
    return { problem: 'is an answer of Grafana\'s API: keep what is under "dashboard"' };
  if (isMap(dashboard["spec"])) return { problem: "is a resource: export the dashboard again in the classic model" };
  const { uid, title } = dashboard;
  const named = typeof uid === "string" && /^[A-Za-z0-9_-]{1,40}$/.test(uid);
  const problems = [
    ...(typeof title === "string" && title !== "" ? [] : ['has no title: write "title"']),
    ...(named ? [] : [`${uid === undefined ? "has no uid" : `has the uid ${JSON.stringify(uid)}`}: ${uidForm}`]),
  ];
  if (!named || problems.length > 0) return { problem: problems.join(", and ") };
  return { dashboard: { ...dashboard, uid } };
}
