import { type ChildProcess, spawn } from "node:child_process";
import { exitWithCommands } from "../lib/run-command.ts";

/** The user or the parent process requested termination. */
export class Interrupted extends Error {}

let running: ChildProcess | undefined;
let interrupted = false;

/** Exits on a signal. While a child process runs in the foreground, waits for it to exit cleanly. */
export function endOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      interrupted = true;
      if (running === undefined) exitWithCommands(signal);
      // On a terminal, Ctrl-C has already reached the child; a second one would make Pulumi abort midway.
      if (signal === "SIGTERM" || !process.stdin.isTTY) running.kill("SIGINT");
    });
  }
}

/** Runs a program in the foreground and returns its exit code. */
export async function foreground(
  command: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(command, args, { ...options, stdio: "inherit" });
  running = child;
  child.on("error", reject);
  child.on("close", (code) => resolve(code ?? 1));
  try {
    const code = await promise;
    if (interrupted) throw new Interrupted();
    return code;
  } finally {
    running = undefined;
  }
}
