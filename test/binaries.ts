import { accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Folders that may hold the real programs: PATH, then what `npm run sandbox -- images` built. */
function folders(): string[] {
  const cache = process.env.WHITE_ROOM_CACHE || join(homedir(), ".cache", "white-room-monitoring");
  return [...(process.env.PATH ?? "").split(delimiter), join(cache, "bin")];
}

function find(name: string): string | undefined {
  return folders()
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Path of a real program that a test lets judge. Throws when it is nowhere. */
export function binary(name: string): string {
  const path = find(name);
  if (path === undefined) throw new Error(missing([name]));
  return path;
}

/**
 * Options for a test that calls these programs: skipped, with the cure, where one is missing. In CI a missing one is an
 * error, so that no test is skipped in silence.
 */
export function needs(...names: readonly string[]): { readonly skip: string | false } {
  const absent = names.filter((name) => find(name) === undefined);
  if (absent.length === 0) return { skip: false };
  if (process.env.CI) throw new Error(missing(absent));
  return { skip: missing(absent) };
}

function missing(names: readonly string[]): string {
  return `${names.join(", ")} not found on PATH or in the cache: write \`npm run sandbox -- images\``;
}
