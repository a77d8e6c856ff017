import type { Log } from "../lib/step.ts";

export const log: Log = (line) => process.stdout.write(`${line}\n`);

/** Fails with all problems that must be fixed first. */
export function failWith(problems: readonly string[]): never {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  const list = problems.map((problem) => `  - ${problem.trimEnd().replaceAll(/\n+/g, "\n    ")}`).join("\n");
  throw new Error(`${count} to fix; nothing was started.\n\n${list}`);
}
