import { findProgram } from "../../scripts/lib/run-command.ts";
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
  const found = findProgram("alloy") !== undefined;
  return { skip: found ? false : "alloy not found on PATH: see https://grafana.com/docs/alloy/latest/set-up/install/" };
}
