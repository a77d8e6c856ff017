import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { ProgramName } from "../../scripts/test/programs.ts";
import { binary } from "../binaries.ts";

/** A program of the stack that runs for a test. */
export interface Program {
  readonly url: string;
  readonly pid: number;
  /** What it has written so far. */
  readonly output: () => string;
  readonly stop: (signal?: NodeJS.Signals) => Promise<void>;
}

interface StartOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly seconds?: number;
  readonly within?: readonly string[];
}

/**
 * Starts a program and waits until it is ready; throws with its output if it exits or takes too long. `within` is a command
 * that executes the program, such as `unshare`.
 */
export async function start(
  name: ProgramName | "alloy" | "grafana" | "haproxy" | "nginx",
  args: readonly string[],
  url: string,
  ready: string | (() => Promise<boolean>),
  { cwd, env, seconds, within = [] }: StartOptions = {},
): Promise<Program> {
  const isReady = typeof ready === "string" ? () => answers(`${url}${ready}`) : ready;
  const [command = "", ...words] = [...within, binary(name), ...args];
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"], ...(cwd && { cwd }), ...(env && { env }) });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const program = {
    url,
    pid: child.pid ?? 0,
    output: () => output,
    stop: (signal?: NodeJS.Signals) => stop(child, signal),
  };
  try {
    await until(
      `${name} is ready`,
      async () => {
        if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`);
        return isReady();
      },
      seconds,
    );
  } catch (error) {
    await program.stop("SIGKILL");
    throw new Error(`${(error as Error).message}\n${output.slice(-4000)}`);
  }
  return program;
}

async function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok;
  } catch {
    return false;
  }
}

/** Waits until `holds` returns true; throws an error that names `what` after `seconds`. */
export async function until(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await sleep(200);
  }
}
