import { join } from "node:path";
import { cacheFolder } from "../scripts/sandbox/cache.ts";
import { findProgram } from "../scripts/sandbox/run-command.ts";

/** On PATH, else what `npm run sandbox -- images` built. */
function find(name: string): string | undefined {
  return findProgram(name, join(cacheFolder(), "bin"));
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
