import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { RenderedFile } from "./file.ts";
import { dashboardUids } from "./links.ts";
import type { Problem } from "./problems.ts";

/** A ConfigMap takes 1024 KiB (https://kubernetes.io/docs/concepts/configuration/configmap/), the project's own take 270. */
const mostKibibytes = 700;

/**
 * The user's own dashboards that a config names, and what is wrong with them; a relative folder counts from
 * the project's. It may be any value: what is no folder's name at all, the schema refuses.
 */
export function extraDashboards({
  platform,
  visualization,
}: {
  readonly platform?: unknown;
  readonly visualization?: unknown;
}): { files: RenderedFile[]; problems: Problem[] } {
  const { enabled = true, extraDashboards: folder } = (visualization ?? {}) as Record<string, unknown>;
  if (enabled === false || typeof folder !== "string") return { files: [], problems: [] };
  const { files, problems } = readExtraDashboards(
    resolve(import.meta.dirname, "..", folder),
    Object.values(dashboardUids),
  );
  const kibibytes = Math.ceil(files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / 1024);
  if (platform === "kubernetes" && kibibytes > mostKibibytes) {
    const message = `hold ${kibibytes} KiB, and a ConfigMap takes ${mostKibibytes} KiB beside the project's own: leave some out`;
    problems.push({ file: `the dashboards in ${folder}`, message });
  }
  return {
    files,
    problems: problems.map(({ file, message }) => ({
      path: "visualization.extraDashboards",
      message: `${file} ${message}`,
    })),
  };
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
    names = readdirSync(dir).sort();
  } catch (error) {
    const message = `cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message}): write the path of a folder, or leave visualization.extraDashboards out`;
    return { files, problems: [{ file: dir, message }] };
  }
  for (const name of names.filter((each) => each.endsWith(".json"))) {
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
    files.push({ path: `${uid}.json`, content: `${JSON.stringify({ ...found.dashboard, id: null })}\n` });
  }
  return { files, problems };
}

type Parsed = { readonly dashboard: { readonly uid: string } & Record<string, unknown> } | { readonly problem: string };

function parse(file: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    return { problem: `is no JSON (${(error as Error).message}): export the dashboard from Grafana again` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { problem: "is no dashboard: its JSON must be one object" };
  }
  const dashboard = value as Record<string, unknown>;
  if ("__inputs" in dashboard) {
    return {
      problem:
        'was exported for sharing and asks for its data sources ("__inputs"): export it again without "Export for sharing externally"',
    };
  }
  const { uid, title } = dashboard;
  if (typeof title !== "string" || title === "") return { problem: 'has no title: write "title"' };
  if (typeof uid !== "string" || !/^[A-Za-z0-9_-]{1,40}$/.test(uid)) {
    return { problem: 'has no uid: write "uid", up to 40 letters, digits, "-" and "_"' };
  }
  return { dashboard: { ...dashboard, uid } };
}
