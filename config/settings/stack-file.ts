import { loadAll, YAMLException } from "js-yaml";
import { readNamedFile, UnreadableFile } from "./named-file.ts";
import { ConfigError, editDistance, type Problem, showKey } from "./problems.ts";

/** Namespace of the keys in a stack file. */
export const project = "white-room-monitoring";

/** Name of this program's stack component, and prefix of its resource names. */
export const stackComponent = "observability";

/** The name of one of this program's resources without that prefix; other names are returned unchanged. */
export function unprefixed(resource: string): string {
  const prefix = `${stackComponent}-`;
  return resource.startsWith(prefix) ? resource.slice(prefix.length) : resource;
}

/** A stack's config: plain values by key, and the names (never the values) of the secrets that are set. */
export interface StackConfig {
  readonly stack: string;
  /** File name to show in messages. Defaults to the name of the stack's file. */
  readonly file?: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlySet<string>;
  /** Whether a secret is the private key of a certificate. Undefined if its value is not known here. */
  readonly fits?: (key: string, certificate: string) => boolean | undefined;
  /** Pulumi command to show in messages. Defaults to `pulumi`. */
  readonly command?: string;
  /** The config is the arguments of a component in another program, not a stack file. */
  readonly inProgram?: true;
  /** Problems with the file itself, reported together with those of its values. */
  readonly problems?: readonly Problem[];
}

/** A `pulumi config` command on this stack. */
function configCommand({ command = "pulumi", stack }: Pick<StackConfig, "command" | "stack">, words: string): string {
  return `${command} config ${words} --stack ${stack}`;
}

/** The command that sets a secret. */
export function setSecret(config: Pick<StackConfig, "command" | "stack">, key: string): string {
  return configCommand(config, `set --secret ${key}`);
}

/** How to set a secret, as the end of a message. */
export function secretFix(config: Pick<StackConfig, "command" | "stack" | "inProgram">, key: string): string {
  return config.inProgram ? "set it in `secrets`" : `run \`${setSecret(config, key)}\``;
}

/** How to remove a secret, as the end of a message. */
export function secretRemoval(config: Pick<StackConfig, "command" | "stack" | "inProgram">, key: string): string {
  return config.inProgram ? `remove ${key} from \`secrets\`` : `run \`${configCommand(config, `rm ${key}`)}\``;
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
  const values = new Map<string, unknown>();
  const secrets = new Set<string>();
  const problems: Problem[] = [];
  for (const [key, value] of Object.entries(configOf(file, path))) {
    const [namespace, name] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    if (!key.includes(":"))
      problems.push({ path: showKey(key), message: `has no namespace; use "${project}:${key.slice(0, 80)}"` });
    if (namespace !== project) {
      if (isMisspelt(namespace))
        problems.push({
          path: showKey(key),
          message: `has an unknown namespace; use "${project}:${name.slice(0, 80)}"`,
        });
      continue;
    }
    if (isEncrypted(value)) secrets.add(name);
    else values.set(name, value);
  }
  return { stack, file, values: Object.fromEntries(values), secrets, problems };
}

/** Whether a namespace is close to the project's name; those of other programs are not. */
function isMisspelt(namespace: string): boolean {
  return namespace.length <= 2 * project.length && editDistance(namespace, project) <= 3;
}

function configOf(file: string, path: string): object {
  const document = parseStackFile(path, file);
  const outside = Object.keys(document).filter((key) => key.startsWith(`${project}:`));
  if (outside.length > 0)
    throw new ConfigError(
      file,
      outside.map((key) => ({ path: showKey(key), message: 'is outside "config:"; indent it below "config:"' })),
    );
  const { config = {} } = document;
  if (config === null) return {};
  if (isMap(config)) return config;
  throw new ConfigError(file, [{ path: "config", message: `is not a map; put one key per line below it` }]);
}

const maxBytes = 1024 ** 2;
const maxDepth = 32;
const maxValues = 100_000;

/**
 * Parses a stack file. Throws a ConfigError, with the file named as in `file`, if it is unreadable, not valid YAML or not a
 * map, or larger than any sensible config. No message quotes the file, which may contain secrets.
 */
export function parseStackFile(path: string, file = path): Record<string, unknown> {
  const fail = (place: string, message: string) => new ConfigError(file, [{ path: place, message }]);
  let document: unknown;
  try {
    document = loadAll(readNamedFile(path, maxBytes), { filename: path, maxDepth })[0] ?? {};
  } catch (error) {
    if (error instanceof UnreadableFile) throw fail(path, error.message);
    if (!(error instanceof YAMLException)) throw error;
    const { reason, mark } = error;
    const place = mark === undefined ? path : `${path}:${mark.line + 1}:${mark.column + 1}`;
    throw fail(place, `is not valid YAML: ${reason.replace(/ (?:"|!<).*$/s, "")}; fix this line`);
  }
  const excess = excessOf(document);
  if (excess !== undefined) throw fail(path, excess);
  if (!isMap(document)) throw fail(path, `is not a map; start it with "config:"`);
  return document;
}

/** Describes what makes a document too large to process. Aliases can make a small file infinitely large. */
export function excessOf(document: unknown): string | undefined {
  let values = 0;
  const inside = new Set<object>();
  const visit = (value: unknown): string | undefined => {
    values += 1;
    if (values > maxValues) return `has more than ${maxValues} values, including those of aliases; remove some`;
    if (typeof value !== "object" || value === null) return undefined;
    if (inside.has(value)) return "has an alias inside the value that it refers to; remove it";
    if (inside.size >= maxDepth) return `is nested deeper than ${maxDepth} levels; flatten it`;
    inside.add(value);
    for (const inner of Object.values(value)) {
      const excess = visit(inner);
      if (excess !== undefined) return excess;
    }
    inside.delete(value);
    return undefined;
  };
  return visit(document);
}

/** Whether a value is a YAML or JSON object. */
export function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 && "secure" in value;
}
