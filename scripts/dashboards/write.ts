import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allDashboards } from "../../dashboards/all.ts";
import { deployedSettings } from "../start/deployed-settings.ts";

/** Writes the dashboards of a stack to a folder: updates changed files and removes stale ones. */
function writeDashboards(stack: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const files = allDashboards(deployedSettings(stack));
  for (const name of readdirSync(folder)) if (!files.some(({ path }) => path === name)) rmSync(join(folder, name));
  for (const { path, content } of files) {
    const file = join(folder, path);
    if (readExisting(file) === content) continue;
    writeFileSync(`${file}.new`, content);
    renameSync(`${file}.new`, file);
  }
}

function readExisting(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

const [stack = "", folder = ""] = process.argv.slice(2);
writeDashboards(stack, folder);
