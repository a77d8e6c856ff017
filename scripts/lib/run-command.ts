import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** Receives one line of progress per call, without a newline. */
export type Log = (line: string) => void;

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until the command is killed and treated as failed. */
  readonly timeout?: number;
  /** Kills the command, which is then treated as failed. */
  readonly signal?: AbortSignal;
  /** Called for each line of standard error as it arrives. */
  readonly onErrorLine?: (line: string) => void;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  /** Standard output and error, interleaved. */
  readonly output: string;
  readonly timedOut: boolean;
}

const running = new Set<ChildProcess>();

/** Forwards a signal to the running commands and exits with code 130. */
export function exitWithCommands(signal: NodeJS.Signals): never {
  for (const child of running) child.kill(signal);
  process.stderr.write("\nInterrupted.\n");
  process.exit(130);
}

/**
 * On SIGINT and SIGTERM, terminates the running commands and exits with code 130. Without it, only signals from a terminal
 * reach the commands.
 */
export function endWithCommands(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      exitWithCommands(signal);
    });
  }
}

/** Runs a command and returns its output, whatever the exit code. The code is 127 if the command cannot be started. */
export function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { promise, resolve } = Promise.withResolvers<RunResult>();
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    timeout: options.timeout,
    signal: options.signal,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  if (options.onErrorLine !== undefined) createInterface({ input: child.stderr }).on("line", options.onErrorLine);
  let stdout = "";
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.on("error", (error) => {
    running.delete(child);
    resolve({ code: 127, stdout, output: `${output}${error.message}\n`, timedOut: false });
  });
  child.on("close", (code, signal) => {
    running.delete(child);
    const killed = signal === null ? "" : `killed by ${signal}\n`;
    resolve({ code: code ?? 1, stdout, output: output + killed, timedOut: child.killed });
  });
  return promise;
}

/** Like {@link tryRun}, but throws the command and the end of its output if the exit code is not 0. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) {
    throw new Error(
      `${command} ${args.join(" ")}\nfailed with exit code ${result.code}:\n${lastLines(result.output, 25)}`,
    );
  }
  return result.stdout;
}

/** The last lines of a text. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** Path of a program on PATH or in one of the additional directories; undefined if not found. */
export function findProgram(name: string, ...further: readonly string[]): string | undefined {
  return [...(process.env.PATH ?? "").split(delimiter), ...further]
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs one step and logs its start and its duration. */
export async function step<T>(log: Log, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  log(`${what} …`);
  const result = await work();
  log(`${what}: done in ${duration(performance.now() - start)}`);
  return result;
}

/** Formats milliseconds: "4.2 s", "5 min 07 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
