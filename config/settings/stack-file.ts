import { readFileSync } from "node:fs";
import { loadAll, YAMLException } from "js-yaml";
import { ConfigError, editDistance, type Problem } from "./problems.ts";

/** Namespace of the keys in a stack file. */
export const project = "white-room-monitoring";

/** Name of this program's stack component, and prefix of its resource names. */
export const stackComponent = "observability";

/** A stack's config: plain values by key, and the names (never the values) of the secrets that are set. */
export interface StackConfig {
  readonly stack: string;
  /** File name to show in messages. Defaults to the name of the stack's file. */
  readonly file?: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlySet<string>;
  /** Pulumi command to show in messages. Defaults to `pulumi`. */
  readonly command?: string;
  /** How to set a secret, for messages. Defaults to the Pulumi command. */
  readonly secretFix?: () => string;
  /** Problems with the file itself, reported together with those of its values. */
  readonly problems?: readonly Problem[];
}

/** A `pulumi config` command on this stack. */
export function configCommand(
  { command = "pulumi", stack }: Pick<StackConfig, "command" | "stack">,
  words: string,
): string {
  return `${command} config ${words} --stack ${stack}`;
}

/** The command that sets a secret. */
export function setSecret(config: Pick<StackConfig, "command" | "stack">, key: string): string {
  return configCommand(config, `set --secret ${key}`);
}

/** How to set a secret, as the end of a message. */
export function secretFix(config: Pick<StackConfig, "command" | "stack" | "secretFix">, key: string): string {
  return config.secretFix?.() ?? `run \`${setSecret(config, key)}\``;
}

/** Default config file of a stack. */
export function stackFile(stack: string): string {
  return `Pulumi.${stack}.yaml`;
}

/**
 * Reads `Pulumi.<stack>.yaml` without an engine or passphrase. An encrypted value counts as a secret that is set. Throws a
 * ConfigError, with the file named as in `file`, if the file is not valid YAML or not a map.
 */
export function readStackFile(stack: string, path: string, file = stackFile(stack)): StackConfig {
  const values: Record<string, unknown> = {};
  const secrets = new Set<string>();
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(configOf(file, path))) {
    const [namespace, name] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    if (!key.includes(":")) problems.push({ path: key, message: `has no namespace; use "${project}:${key}"` });
    if (namespace !== project) {
      if (isMisspelt(namespace))
        problems.push({ path: key, message: `has an unknown namespace; use "${project}:${name}"` });
      continue;
    }
    if (isEncrypted(value)) secrets.add(name);
    else values[name] = value;
  }
  return { stack, file, values, secrets, problems };
}

/** Whether a namespace is close to the project's name; those of other programs are not. */
function isMisspelt(namespace: string): boolean {
  return editDistance(namespace, project) <= 3;
}

function configOf(file: string, path: string): object {
  const parsed = parse(file, path) ?? {};
  if (!isMap(parsed)) throw new ConfigError(file, [{ path, message: `is not a map; start it with "config:"` }]);
  const { config = {} } = parsed as { config?: unknown };
  if (config === null) return {};
  if (isMap(config)) return config;
  throw new ConfigError(file, [{ path: "config", message: `is not a map; put one key per line below it` }]);
}

function parse(file: string, path: string): unknown {
  try {
    return loadAll(readFileSync(path, "utf8"), { filename: path })[0];
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    const place = mark === undefined ? path : `${path}:${mark.line + 1}:${mark.column + 1}`;
    throw new ConfigError(file, [
      { path: place, message: `is not valid YAML: ${reason}\n${mark?.snippet ?? ""}`.trimEnd() },
    ]);
  }
}

/** Whether a value is a YAML or JSON object. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 && "secure" in value;
}
