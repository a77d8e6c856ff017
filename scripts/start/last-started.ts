import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { localFolder } from "./stack-project.ts";

const file = join(localFolder, "mode");

/** Target that `--stop` stops by default. */
export type Started = "sandbox" | `stack ${string}`;

export function rememberStarted(started: Started): void {
  mkdirSync(localFolder, { recursive: true, mode: 0o700 });
  writeFileSync(file, `${started}\n`);
}

export function lastStarted(): Started | undefined {
  return existsSync(file) ? (readFileSync(file, "utf8").trim() as Started) : undefined;
}

/** Default stack of commands: the one started last, otherwise dev. */
export function defaultStack(): string {
  return lastStarted()?.replace(/^stack /, "") ?? "dev";
}

/** Describes the default stack in help texts. */
export const defaultStackInWords = "the one started last, or dev";

export function forgetStarted(stopped: Started): void {
  if (lastStarted() === stopped) rmSync(file);
}
