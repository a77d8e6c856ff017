import { execa } from "execa";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process' environment; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until the command is killed and treated as failed. */
  readonly timeout?: number;
  /** Kills the command, which is then treated as failed. */
  readonly signal?: AbortSignal;
  /** Written to standard input, so that secrets do not appear in arguments. */
  readonly input?: string;
  /** Called with standard output and error as they arrive. */
  readonly onOutput?: (text: string) => void;
  /** Called for each line of standard error as it arrives. */
  readonly onErrorLine?: (line: string) => void;
}

export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Standard output and error, interleaved. */
  readonly output: string;
  readonly timedOut: boolean;
}

const running = new Set<{ kill(signal: NodeJS.Signals): boolean }>();

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
export async function tryRun(command: string, args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = execa(command, args, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env && { env: options.env }),
    ...(options.timeout !== undefined && { timeout: options.timeout }),
    ...(options.signal && { cancelSignal: options.signal }),
    stdin: options.input === undefined ? "ignore" : "pipe",
    ...(options.input !== undefined && { input: options.input }),
    reject: false,
    all: true,
    stripFinalNewline: false,
    // The state of a stack contains every file, which can be megabytes.
    maxBuffer: Number.POSITIVE_INFINITY,
  });
  running.add(child);
  const { onErrorLine, onOutput } = options;
  if (onOutput !== undefined) child.all.setEncoding("utf8").on("data", onOutput);
  if (onErrorLine !== undefined) void forEachLine(child.iterable({ from: "stderr" }), onErrorLine);
  const result = await child;
  running.delete(child);
  const { exitCode, signal, stdout, stderr, all, timedOut } = result;
  const streams = { stdout, stderr, timedOut };
  if (exitCode !== undefined) return { ...streams, code: exitCode, output: all };
  if (signal !== undefined) return { ...streams, code: 1, output: `${all}killed by ${signal}\n` };
  return { ...streams, code: 127, output: `${all}${result.originalMessage}\n` };
}

async function forEachLine(lines: AsyncIterable<string>, onLine: (line: string) => void): Promise<void> {
  for await (const line of lines) onLine(line);
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
