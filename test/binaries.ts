import { join } from "node:path";
import { findProgram } from "../scripts/lib/run-command.ts";
import { cacheFolder } from "../scripts/offline/cache.ts";
import { type Judge, leftOutReason, leftOutVariable } from "../scripts/test/judges.ts";

/** On PATH, else what `npm run sandbox -- images` built. */
function find(name: Judge | "alloy"): string | undefined {
  return findProgram(name, join(cacheFolder(), "bin"));
}

/** Path of a real program that checks rendered files. Throws if it is not on this machine. Alloy is never built here. */
export function binary(name: Judge | "alloy"): string {
  const path = find(name);
  if (path === undefined) throw new Error(missing([name]));
  return path;
}

/**
 * Options for a test that calls these programs. The test is skipped when `./test.sh` leaves one of them out, or when one is
 * missing; the reason says how to run it. In CI a missing program is an error, so that no test is skipped unnoticed.
 */
export function needs(...names: readonly Judge[]): { readonly skip: string | false } {
  const leftOut = process.env[leftOutVariable]?.split(",") ?? [];
  const slow = names.filter((name) => leftOut.includes(name));
  if (slow.length > 0) return { skip: `${leftOutReason}${slow.join(", ")}` };
  const absent = names.filter((name) => find(name) === undefined);
  if (absent.length === 0) return { skip: false };
  if (process.env.CI) throw new Error(missing(absent));
  return { skip: missing(absent) };
}

function missing(names: readonly string[]): string {
  return `${names.join(", ")} not found on PATH or in the cache: run \`npm run sandbox -- images\``;
}
