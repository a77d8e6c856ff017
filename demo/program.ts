import { readFileSync } from "node:fs";
import { DemoConfigError } from "./config.ts";

/** A program that runs until `stop` is called. */
export interface Running {
  readonly stop: () => Promise<void>;
}

/**
 * Runs a program of the demo: reads the file given with `--config`, starts, and stops on SIGTERM or SIGINT. With an invalid
 * config, it prints all problems to stderr and exits with code 2.
 */
export async function runProgram<C>(
  name: string,
  validate: (input: unknown) => C,
  start: (config: C) => Promise<Running>,
): Promise<void> {
  let config: C;
  try {
    config = validate(readConfigFile(process.argv.slice(2)));
  } catch (error) {
    process.stderr.write(`${name}: invalid config\n${indent((error as Error).message)}\n`);
    process.exit(2);
  }
  const running = await start(config).catch((error: Error) => {
    process.stderr.write(`${name}: cannot start: ${error.message}\n`);
    process.exit(1);
  });
  const stop = () => {
    // Open connections must not delay the container's stop.
    setTimeout(() => process.exit(0), 1500).unref();
    void running.stop().finally(() => process.exit(0));
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

function readConfigFile(args: readonly string[]): unknown {
  const [flag, path] = args;
  if (flag !== "--config" || path === undefined || args.length !== 2) {
    throw new DemoConfigError([`arguments ${JSON.stringify(args.join(" "))} are invalid; use --config FILE`]);
  }
  const content = readFileSync(path, "utf8");
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new DemoConfigError([`${path}: is not valid JSON: ${(error as Error).message}`]);
  }
}

const indent = (text: string) => text.replaceAll(/^/gm, "  ");
