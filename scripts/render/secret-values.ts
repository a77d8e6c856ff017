import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { project } from "../../config/settings/stack-file.ts";
import { type DeployedStack, deployedStack, root } from "../start/stack-project.ts";
import type { SecretValue } from "./register.ts";

/** What stands for a secret wherever its value must not be. */
export const redacted: SecretValue = (key) => `REDACTED-${key}`;

/** Secrets made up once for stacks no engine keeps, and kept in a file only its owner can read. */
export function localSecrets(file: string): SecretValue {
  const kept: Record<string, string> = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
  return (key) => {
    const known = kept[key];
    if (known !== undefined) return known;
    const value = randomBytes(24).toString("hex");
    kept[key] = value;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${JSON.stringify(kept, undefined, 2)}\n`, { mode: 0o600 });
    return value;
  };
}

/** A stack's secrets by key, asked of the engine: from its config, and those its last `up` generated; undefined where it has none yet. */
export function stackSecrets(stack: string): (key: string) => string | undefined {
  const deployed = deployedStack(stack);
  const config = engine(deployed, ["config", "--show-secrets", "--json", "--stack", stack]) as Record<
    string,
    { value?: string }
  >;
  const state = engine(deployed, ["stack", "export", "--show-secrets", "--stack", stack]) as {
    deployment?: { resources?: { type: string; urn: string; outputs?: { result?: unknown } }[] };
  };
  const generated = (state.deployment?.resources ?? []).filter(
    ({ type }) => type === "random:index/randomPassword:RandomPassword",
  );
  return (key) => {
    const made = generated.find(({ urn }) => urn.endsWith(`::${key}`))?.outputs?.result;
    const value = config[`${project}:${key}`]?.value ?? made;
    return value === undefined ? undefined : secretText(value);
  };
}

/** `--show-secrets` writes a generated value as `{ plaintext: "\"…\"" }`. */
function secretText(value: unknown): string {
  if (typeof value === "string") return value;
  return JSON.parse((value as { plaintext: string }).plaintext) as string;
}

function engine({ pulumi, command }: DeployedStack, words: readonly string[]): unknown {
  try {
    return JSON.parse(
      execFileSync(pulumi, words, {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "pipe"],
        cwd: root,
        // A state holds every file of the stack: megabytes.
        maxBuffer: Number.POSITIVE_INFINITY,
      }),
    );
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(
      `the stack's secrets could not be read; \`${command} ${words.join(" ")}\` says:\n${stderr || message}`,
    );
  }
}
