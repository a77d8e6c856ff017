import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dashboard } from "../shared/dashboard.ts";

export interface DashboardSummary {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
}

export interface DashboardFolder {
  readonly dashboards: readonly DashboardSummary[];
  /** Messages about files that are not valid dashboards. */
  readonly problems: readonly string[];
}

/** UID of the dashboard that is listed first. */
const homeUid = "white-room-home";

/** Lists the dashboards in a folder, home first and the others by title. Reports invalid files. */
export async function listDashboards(folder: string): Promise<DashboardFolder> {
  const dashboards: DashboardSummary[] = [];
  const problems: string[] = [];
  for (const [file, text] of await readFolder(folder)) {
    try {
      const { uid, title, tags = [] } = JSON.parse(text) as Dashboard;
      if (typeof uid !== "string" || typeof title !== "string") throw new Error("uid or title is missing");
      dashboards.push({ uid, title, tags });
    } catch (error) {
      problems.push(`${file}: not a dashboard: ${(error as Error).message}`);
    }
  }
  dashboards.sort(
    (one, other) => Number(other.uid === homeUid) - Number(one.uid === homeUid) || (one.title < other.title ? -1 : 1),
  );
  return { dashboards, problems };
}

/** Returns the file of the dashboard with a UID. The UID is not used as a path. */
export async function readDashboard(folder: string, uid: string): Promise<string | undefined> {
  for (const [, text] of await readFolder(folder)) {
    try {
      if ((JSON.parse(text) as Dashboard).uid === uid) return text;
    } catch {
      // Reported by listDashboards.
    }
  }
  return undefined;
}

async function readFolder(folder: string): Promise<[string, string][]> {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(".json")).sort();
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, await readFile(join(folder, name), "utf8")]),
  );
}
