import { parseArgs } from "node:util";

export interface StartOptions {
  /** Default: dev or, with `stop`, the one started last. */
  readonly stack: string | undefined;
  readonly stop: boolean;
  readonly sandbox: boolean;
  readonly yes: boolean;
  /** Do not install system packages. */
  readonly noInstall: boolean;
}

/** Invalid arguments. The message says which one and what to use instead. */
export class UsageError extends Error {}

export function parseArguments(words: readonly string[]): StartOptions {
  const options = {
    stack: { type: "string" },
    stop: { type: "boolean", default: false },
    sandbox: { type: "boolean", default: false },
    yes: { type: "boolean", default: false },
    "no-install": { type: "boolean", default: false },
  } as const;
  let values: ReturnType<typeof parseArgs<{ options: typeof options }>>["values"];
  try {
    ({ values } = parseArgs({ args: [...words], options }));
  } catch (error) {
    throw new UsageError((error as Error).message.split(". ")[0]);
  }
  const { stack, stop, sandbox, yes, "no-install": noInstall } = values;
  if (stack !== undefined && !/^[A-Za-z0-9_.-]{1,100}$/.test(stack)) {
    throw new UsageError(
      `--stack ${JSON.stringify(stack)} is not a valid stack name; use letters, digits, "-", "_" and "."`,
    );
  }
  if (sandbox && stack !== undefined && stack !== "sandbox") {
    throw new UsageError("--sandbox always runs Pulumi.sandbox.yaml; omit --stack");
  }
  return { stack, stop: stop ?? false, sandbox: sandbox ?? false, yes: yes ?? false, noInstall: noInstall ?? false };
}
