import { spawn } from "node:child_process";
import { resolve } from "node:path";

const root = resolve(import.meta.dirname, "..", "..");

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
export function runCommand(
  name: string,
  program: string,
  args: readonly string[],
  { environment = {}, onOutput }: CommandOptions = {},
): Promise<Outcome> {
  const { promise, resolve: done } = Promise.withResolvers<Outcome>();
  const start = performance.now();
  const env = { ...process.env, PULUMI_ERROR_OUTPUT_STRING: "true", ...environment };
  const child = spawn(program, args, { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const add = (text: string) => {
    output += text;
    onOutput?.(text);
  };
  const finish = (code: number) => done({ name, code, milliseconds: performance.now() - start, output });
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", add);
  child.on("error", (error) => {
    add(`${error.message}\n`);
    finish(127);
  });
  child.on("close", (code) => finish(code ?? 1));
  return promise;
}
