import { execFileSync } from "node:child_process";
import { findProgram } from "../../scripts/lib/find-program.ts";
import { binary, needs } from "../binaries.ts";
import type { Collector } from "./stack.ts";

/**
 * Options of a test that runs Loki and these collectors. Alloy is in no package registry, so machines without it, including CI,
 * skip the tests that need it.
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

/** Writes a journal from its text format. */
export const journalWriter = findProgram("systemd-journal-remote", "/usr/lib/systemd", "/lib/systemd");

/** Options of a test in which this collector reads a journal. The project's Promtail build cannot, because it has no cgo. */
export function needsJournal(collector: Collector): { readonly skip: string | false } {
  const running = needsCollectors(collector);
  if (running.skip) return running;
  const program = binary(collector);
  if (!execFileSync(program, ["--version"], { encoding: "utf8" }).includes("promtail_journal_enabled"))
    return {
      skip: `${program} cannot read a journal: put one on PATH that is built with cgo and the tag promtail_journal_enabled`,
    };
  if (journalWriter) return { skip: false };
  return { skip: "systemd-journal-remote not found: install the package systemd-journal-remote" };
}
