import { type ChildProcess, spawn } from "node:child_process";
import { exitWithCommands } from "../lib/run-command.ts";

/** The user, or whoever started us, wants it to end. */
export class Interrupted extends Error {}

let running: ChildProcess | undefined;
let interrupted = false;

/** Ends at once on a signal, or, while another program has the terminal, as soon as that has ended cleanly. */
export function endOnSignals(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      interrupted = true;
      if (running === undefined) exitWithCommands(signal);
      // At a terminal Ctrl-C has reached it already, and a second one would make Pulumi leave work half done.
      if (signal === "SIGTERM" || !process.stdin.isTTY) running.kill("SIGINT");
    });
  }
}

/** Runs a program on our own terminal and returns its exit code. */
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
