import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { until } from "../logs/programs.ts";

/** A sample that runs for a test. */
export interface Sample {
  /** The lines it has written so far. */
  readonly lines: () => readonly string[];
  readonly stop: () => Promise<void>;
}

/** Starts a sample and waits until each of these addresses answers, with whatever status. */
export async function startSample(
  command: string,
  args: readonly string[],
  ...urls: readonly string[]
): Promise<Sample> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints += text;
  });
  const stop = () => end(child);
  try {
    for (const url of urls) {
      await until(`${url} answers`, async () => {
        if (child.exitCode !== null) throw new Error(`${command} ended with ${child.exitCode}\n${complaints}`);
        return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
          () => true,
          () => false,
        );
      });
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { lines: () => output.split("\n").filter((line) => line !== ""), stop };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}
