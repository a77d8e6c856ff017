import { join, resolve } from "node:path";
import { tryRun } from "../lib/run-command.ts";

const root = resolve(import.meta.dirname, "..", "..");

/** Compile cache shared by the processes of a run, so that each module is compiled only once. */
const compileCache = join(root, "node_modules", ".cache", "compiled");

/** Result of one check. */
export interface Outcome {
  readonly name: string;
  readonly code: number;
  readonly milliseconds: number;
  readonly output: string;
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  /** Called with the output as it arrives. */
  readonly onOutput?: (text: string) => void;
}

/** Runs a check in the project root and collects its output. Never rejects; the code is 127 if it cannot be started. */
export async function runCommand(
  name: string,
  program: string,
  args: readonly string[],
  { environment = {}, onOutput }: CommandOptions = {},
): Promise<Outcome> {
  const start = performance.now();
  const env = { PULUMI_ERROR_OUTPUT_STRING: "true", NODE_COMPILE_CACHE: compileCache, ...environment };
  const { code, output } = await tryRun(program, args, { cwd: root, env, ...(onOutput && { onOutput }) });
  return { name, code, milliseconds: performance.now() - start, output };
}
