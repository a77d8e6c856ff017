import { parseArgs } from "node:util";

export interface StartOptions {
  /** Undefined where none was named: dev, or with `stop` whatever was started last. */
  readonly stack: string | undefined;
  readonly stop: boolean;
  readonly sandbox: boolean;
  readonly yes: boolean;
}

/** Arguments that make no sense; the message says which, and what would. */
export class UsageError extends Error {}

export function parseArguments(words: readonly string[]): StartOptions {
  const options = {
    stack: { type: "string" },
    stop: { type: "boolean", default: false },
    sandbox: { type: "boolean", default: false },
    yes: { type: "boolean", default: false },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...words], options }));
  } catch (error) {
    throw new UsageError((error as Error).message.split(". ")[0]);
  }
  const { stack, stop, sandbox, yes } = values;
  if (stack !== undefined && !/^[A-Za-z0-9_.-]{1,100}$/.test(stack)) {
    throw new UsageError(
      `--stack ${JSON.stringify(stack)} is no name of a stack: write letters, digits, "-", "_", "."`,
    );
  }
  if (sandbox && stack !== undefined && stack !== "sandbox") {
    throw new UsageError("--sandbox always runs Pulumi.sandbox.yaml: leave --stack out");
  }
  return { stack, stop: stop ?? false, sandbox: sandbox ?? false, yes: yes ?? false };
}
