import type { Log } from "../sandbox/run-command.ts";

export const log: Log = (line) => process.stdout.write(`${line}\n`);

/** Ends the start with everything that has to be mended first. */
export function refuseAll(problems: readonly string[]): never {
  const count = problems.length === 1 ? "1 thing" : `${problems.length} things`;
  const list = problems.map((problem) => `  - ${problem.trimEnd().replaceAll(/\n+/g, "\n    ")}`).join("\n");
  throw new Error(`${count} to mend first; nothing was started.\n\n${list}`);
}
