import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { needs } from "../binaries.ts";
import type { Collector } from "./stack.ts";

/**
 * Options of a test that runs Loki and these collectors. Alloy is in no package registry, so a machine without it, CI's
 * among them, only skips what needs it.
 */
export function needsCollectors(...names: readonly Collector[]): { readonly skip: string | false } {
  const others = needs("loki", ...names.filter((name) => name !== "alloy"));
  if (others.skip || !names.includes("alloy")) return others;
  return needsAlloy();
}

/** Options of a test that runs Alloy: skipped where it is not on PATH. */
export function needsAlloy(): { readonly skip: string | false } {
  const found = (process.env.PATH ?? "").split(delimiter).some((folder) => isExecutable(join(folder, "alloy")));
  return { skip: found ? false : "alloy not found on PATH: see https://grafana.com/docs/alloy/latest/set-up/install/" };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
