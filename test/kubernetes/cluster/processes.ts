import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { lastLines } from "../../../scripts/lib/run-command.ts";

export interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Polled until it returns true; if omitted, the start does not wait. */
  readonly ready?: () => Promise<boolean>;
}

/** The programs of one cluster, in start order, with their logs in one folder. */
export class Processes {
  readonly #folder: string;
  /** Prefix of each command that selects its network namespace. */
  readonly #within: readonly string[];
  readonly #running: { readonly name: string; readonly child: ChildProcess }[] = [];

  constructor(folder: string, within: readonly string[] = []) {
    this.#folder = folder;
    this.#within = within;
  }

  /** Starts a program and waits until it is ready; throws with the end of its log if it exits or takes too long. */
  async start({ name, command, args, env, ready }: Start): Promise<void> {
    const log = openSync(this.logFile(name), "a");
    // Ends the program with this process, however that ends.
    const words = [...this.#within, "setpriv", "--pdeathsig", "TERM", "--", command, ...args];
    const [program = "", ...rest] = words;
    const child = spawn(program, rest, { env: { ...process.env, ...env }, stdio: ["ignore", log, log] });
    closeSync(log);
    child.on("error", () => {});
    this.#running.push({ name, child });
    if (ready === undefined) return;
    const deadline = Date.now() + 120_000;
    while (!(await ready())) {
      const ended = child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
      if (ended || Date.now() > deadline) {
        const what = ended ? `ended with ${child.exitCode ?? child.signalCode}` : "is not ready after two minutes";
        throw new Error(`${name} ${what}:\n${lastLines(readFileSync(this.logFile(name), "utf8"), 25)}`);
      }
      await sleep(200);
    }
  }

  logFile(name: string): string {
    return join(this.#folder, `${name}.log`);
  }

  /** Ends one program; does nothing if it was not started. */
  async end(name: string, signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const index = this.#running.findLastIndex((running) => running.name === name);
    const [running] = index < 0 ? [] : this.#running.splice(index, 1);
    if (running !== undefined) await end(running.child, signal);
  }

  /** Ends what was started, the last one first. */
  async endAll(): Promise<void> {
    for (const { name } of this.#running.toReversed()) await this.end(name);
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
  await ended;
  clearTimeout(timer);
}
