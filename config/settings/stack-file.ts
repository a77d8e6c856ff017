import { readFileSync } from "node:fs";
import { loadAll, YAMLException } from "js-yaml";
import { ConfigError, editDistance, type Problem } from "./problems.ts";

/** The namespace of every key in a stack file. */
export const project = "white-room-monitoring";

/** What a stack's config says: plain values by key, and the names of the secrets that are set (never their values). */
export interface StackConfig {
  readonly stack: string;
  /** What people call the file; left out: by the stack's name. */
  readonly file?: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlySet<string>;
  /** What people type for the Pulumi CLI; left out: pulumi. */
  readonly command?: string;
  /** What is wrong with the file itself, to be told with whatever is wrong with its values. */
  readonly problems?: readonly Problem[];
}

/** A command of `pulumi config` on this stack, as people type it. */
export function configCommand(
  { command = "pulumi", stack }: Pick<StackConfig, "command" | "stack">,
  words: string,
): string {
  return `${command} config ${words} --stack ${stack}`;
}

/** The command that stores a secret. */
export function setSecret(config: Pick<StackConfig, "command" | "stack">, key: string): string {
  return configCommand(config, `set --secret ${key}`);
}

/** The file of a stack's config, where no other is named. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/**
 * Reads `Pulumi.<stack>.yaml` without an engine or a passphrase. A value the engine encrypted counts as a secret that is
 * set. Throws a ConfigError for a file that is no YAML, or no map; it names the file as `file` does.
 */
export function readStackFile(stack: string, path: string, file = stackFile(stack)): StackConfig {
  const values: Record<string, unknown> = {};
  const secrets = new Set<string>();
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(configOf(file, path))) {
    const [namespace, name] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    if (!key.includes(":")) problems.push({ path: key, message: `has no namespace: write "${project}:${key}"` });
    if (namespace !== project) {
      if (isMisspelt(namespace))
        problems.push({ path: key, message: `is of no namespace: write "${project}:${name}"` });
      continue;
    }
    if (isEncrypted(value)) secrets.add(name);
    else values[name] = value;
  }
  return { stack, file, values, secrets, problems };
}

/** Nearly this project's: no other program's namespace is. */
function isMisspelt(namespace: string): boolean {
  return editDistance(namespace, project) <= 3;
}

function configOf(file: string, path: string): object {
  const parsed = parse(file, path) ?? {};
  if (!isMap(parsed)) throw new ConfigError(file, [{ path, message: `is no map of keys: begin it with "config:"` }]);
  const { config = {} } = parsed as { config?: unknown };
  if (config === null) return {};
  if (isMap(config)) return config;
  throw new ConfigError(file, [{ path: "config", message: `is no map of keys: write one key a line below it` }]);
}

function parse(file: string, path: string): unknown {
  try {
    return loadAll(readFileSync(path, "utf8"), { filename: path })[0];
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    const place = mark === undefined ? path : `${path}:${mark.line + 1}:${mark.column + 1}`;
    throw new ConfigError(file, [{ path: place, message: `is no YAML: ${reason}\n${mark?.snippet ?? ""}`.trimEnd() }]);
  }
}

/** Whether a value is what YAML and JSON call a map. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 && "secure" in value;
}
