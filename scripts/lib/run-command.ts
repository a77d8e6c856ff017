import { type ChildProcess, spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";

/** Where progress goes: one line a call, without the line end. */
export type Log = (line: string) => void;

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process' environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until the command is killed and counts as failed. */
  readonly timeout?: number;
  /** Kills the command, which then counts as failed. */
  readonly signal?: AbortSignal;
  /** Called for each line of standard error as it arrives. */
  readonly onErrorLine?: (line: string) => void;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  /** Standard output and error in the order they came. */
  readonly output: string;
  readonly timedOut: boolean;
}

const running = new Set<ChildProcess>();

/** Passes a signal to the commands that are running, and ends this process with exit code 130. */
export function exitWithCommands(signal: NodeJS.Signals): never {
  for (const child of running) child.kill(signal);
  process.stderr.write("\nInterrupted.\n");
  process.exit(130);
}

/**
 * Ends this process on SIGINT and SIGTERM together with the commands it runs: only a terminal sends a signal to both.
 * Exit code 130.
 */
export function endWithCommands(): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      exitWithCommands(signal);
    });
  }
}

/** Runs a command to its end and returns what it wrote, whatever its exit code. One that cannot start has code 127. */
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
    const ended = signal === null ? "" : `ended by ${signal}\n`;
    resolve({ code: code ?? 1, stdout, output: output + ended, timedOut: child.killed });
  });
  return promise;
}

/** As {@link tryRun}, but any exit code other than 0 throws the command and the end of what it wrote. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await tryRun(command, args, options);
  if (result.code !== 0) {
    throw new Error(
      `${command} ${args.join(" ")}\nended with exit code ${result.code}:\n${lastLines(result.output, 25)}`,
    );
  }
  return result.stdout;
}

/** The end of a long text. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split("\n").slice(-count).join("\n");
}

/** The path of a program on PATH, or in one of these further folders, or undefined. */
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

/** Runs one step of long work between two log lines: what begins, and how long it took. */
export async function step<T>(log: Log, what: string, work: () => Promise<T>): Promise<T> {
  const start = performance.now();
  log(`${what} …`);
  const result = await work();
  log(`${what}: done in ${duration(performance.now() - start)}`);
  return result;
}

/** Milliseconds as people say them: "4.2 s", "5 min 07 s". */
export function duration(milliseconds: number): string {
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, "0")} s`;
}
