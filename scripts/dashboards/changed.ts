import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../lib/usage-error.ts";

/** Folder of the dashboards in a rendered stack with Grafana or the viewer. Throws if it has neither. */
export function dashboardFolder(rendered: string): string {
  const folders = ["grafana", "viewer"].map((product) => join(rendered, product, "dashboards"));
  const found = folders.find((folder) => existsSync(folder));
  if (found === undefined) throw new UsageError(`${rendered} is not a rendered stack with dashboards`);
  return found;
}

/** Sorted UIDs of the dashboards that differ between two folders or exist in only one of them. */
export function changedDashboards(before: string, after: string): string[] {
  const [old, now] = [contents(before), contents(after)];
  const names = new Set([...old.keys(), ...now.keys()]);
  return [...names].filter((uid) => old.get(uid) !== now.get(uid)).sort();
}

function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return new Map(files.map((name) => [name.slice(0, -".json".length), readFileSync(join(folder, name), "utf8")]));
}
