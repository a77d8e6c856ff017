import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { traitsOf } from "../../components/platform/traits.ts";
import { type RenderedFile, toJson } from "../file.ts";
import { dashboardUids } from "../products/links.ts";
import { fileProblem, readNamedFile, UnreadableFile } from "./named-file.ts";
import type { Problem } from "./problems.ts";
import type { Settings } from "./schema.ts";
import { isMap } from "./stack-file.ts";

/** A folder in Grafana, created from a subdirectory. */
export interface ExtraFolder {
  readonly title: string;
  readonly uid: string;
}

export interface ExtraDashboard extends RenderedFile {
  /** If unset, it is in the folder of the built-in dashboards. */
  readonly folder?: ExtraFolder;
}

/** Folders of the user's dashboards. */
export function extraFolders(settings: Settings): ExtraFolder[] {
  const all = extraDashboards(settings).files.flatMap(({ folder }) => folder ?? []);
  return [...new Map(all.map((folder) => [folder.uid, folder])).values()];
}

/** Loads the user's dashboards and reports problems. A relative path is resolved against the project directory. */
export function extraDashboards(settings: Settings): { files: ExtraDashboard[]; problems: Problem[] } {
  const { enabled, extraDashboards: folder } = settings.visualization;
  if (!enabled || folder === undefined) return { files: [], problems: [] };
  const path = "visualization.extraDashboards";
  const found = readExtraDashboards(resolve(import.meta.dirname, "../..", folder), Object.values(dashboardUids));
  const problems = found.problems.map(({ file, message }) => ({ path, message: `${file} ${message}` }));
  const size = Math.ceil(found.files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / 1024);
  const limit = traitsOf(settings).extraDashboardsLimit;
  if (size > limit) {
    const message = `${folder} contains ${size} KiB of dashboards, but only ${limit} KiB fit into the ConfigMap; remove some`;
    problems.push({ path, message });
  }
  return { files: found.files, problems };
}

/** A user dashboard that was rejected: the file, the reason and the fix. */
export interface ExtraDashboardProblem {
  readonly file: string;
  readonly message: string;
}

/**
 * Reads a directory of user dashboards (`*.json`, as exported by Grafana). `known` are the uids already in use. Problems are
 * reported rather than thrown; rejected dashboards are not in `files`.
 */
export function readExtraDashboards(
  dir: string,
  known: readonly string[],
): { files: ExtraDashboard[]; problems: ExtraDashboardProblem[] } {
  const owners = new Map(known.map((uid) => [uid, "a built-in dashboard"]));
  const files: ExtraDashboard[] = [];
  const problems: ExtraDashboardProblem[] = [];
  let found: Listed;
  try {
    found = list(dir);
  } catch (error) {
    const isFile = (error as NodeJS.ErrnoException).code === "ENOTDIR";
    const problem = isFile ? "is not a folder; use the path of a folder" : fileProblem(error);
    if (problem === undefined) throw error;
    return { files, problems: [{ file: dir, message: `${problem}, or remove visualization.extraDashboards` }] };
  }
  if (found.names.length + found.folders.length === 0)
    problems.push({ file: dir, message: "contains no .json files; add one" });
  const read = (place: string, names: readonly string[], folder?: ExtraFolder) => {
    for (const name of names) {
      const file = join(place, name);
      const parsed = parse(file);
      if ("problem" in parsed) {
        problems.push({ file, message: parsed.problem });
        continue;
      }
      const { uid } = parsed.dashboard;
      const owner = owners.get(uid);
      if (owner !== undefined) {
        problems.push({
          file,
          message: `has the uid ${JSON.stringify(uid)}, which is already used by ${owner}; use another one`,
        });
        continue;
      }
      owners.set(uid, file);
      const content = toJson({ ...parsed.dashboard, id: null });
      files.push({ path: `${uid}.json`, content, ...(folder && { folder }) });
    }
  };
  read(dir, found.names);
  // The folder of the built-in dashboards.
  const uids = new Map([["white-room", "the built-in dashboards"]]);
  for (const title of found.folders) {
    const place = join(dir, title);
    const inside = list(place);
    const uid = title
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-|-$/g, "");
    const owner = uids.get(uid);
    const problem = folderProblem(title, uid, inside, owner);
    if (problem !== undefined) problems.push({ file: place, message: problem });
    else {
      uids.set(uid, place);
      read(place, inside.names, { title, uid });
    }
  }
  return { files, problems };
}

interface Listed {
  readonly names: readonly string[];
  readonly folders: readonly string[];
}

/** Dashboard files and subdirectories, except hidden ones. */
function list(dir: string): Listed {
  const entries = readdirSync(dir, { withFileTypes: true }).filter(({ name }) => !name.startsWith("."));
  const namesOf = (areFolders: boolean) =>
    entries
      .filter((entry) => entry.isDirectory() === areFolders)
      .map(({ name }) => name)
      .sort();
  return { names: namesOf(false).filter((name) => name.endsWith(".json")), folders: namesOf(true) };
}

function folderProblem(title: string, uid: string, { names, folders }: Listed, owner?: string): string | undefined {
  if (!/^[\p{L}\p{N}][\p{L}\p{N} ._()&-]{0,59}$/u.test(title) || uid === "" || uid.length > 40)
    return 'is not a valid folder name; use at most 40 characters, with letters from "a" to "z" or digits, such as "Team audio"';
  if (owner !== undefined) return `gets the uid ${JSON.stringify(uid)}, which is already used by ${owner}; rename it`;
  if (folders.length > 0) return `contains the directory ${folders[0]}, but folders cannot be nested; move its files`;
  return names.length === 0 ? "contains no .json files; add one, or remove it" : undefined;
}

/** Far more than any dashboard has. */
const maxBytes = 16 * 1024 ** 2;

const uidForm = 'set "uid" to at most 40 letters, digits, "-" and "_"';

type Parsed = { readonly dashboard: { readonly uid: string } & Record<string, unknown> } | { readonly problem: string };

function parse(file: string): Parsed {
  let dashboard: unknown;
  try {
    dashboard = JSON.parse(readNamedFile(file, maxBytes));
  } catch (error) {
    if (error instanceof UnreadableFile) return { problem: error.message };
    return { problem: `is not valid JSON (${(error as Error).message}); export the dashboard from Grafana again` };
  }
  if (!isMap(dashboard)) return { problem: "is not a dashboard; its JSON must be an object" };
  if ("__inputs" in dashboard) {
    return {
      problem:
        'was exported for sharing and prompts for its data sources ("__inputs"); export it again without "Export for sharing externally"',
    };
  }
  if (isMap(dashboard["dashboard"]))
    return { problem: 'is a Grafana API response; keep only the value of "dashboard"' };
  if (isMap(dashboard["spec"])) return { problem: "is a dashboard resource; export it again in the classic model" };
  const { uid, title } = dashboard;
  const named = typeof uid === "string" && /^[A-Za-z0-9_-]{1,40}$/.test(uid);
  const problems = [
    ...(typeof title === "string" && title !== "" ? [] : ['has no title; set "title"']),
    ...(named ? [] : [`${uid === undefined ? "has no uid" : `has the uid ${JSON.stringify(uid)}`}; ${uidForm}`]),
  ];
  if (!named || problems.length > 0) return { problem: problems.join(", and ") };
  return { dashboard: { ...dashboard, uid } };
}
