import { readFileSync } from "node:fs";
import { load } from "js-yaml";

/** The namespace of every key in a stack file. */
export const project = "white-room-monitoring";

/** What a stack's config says: plain values by key, and the names of the secrets that are set (never their values). */
export interface StackConfig {
  readonly stack: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly secrets: ReadonlySet<string>;
}

/**
 * Reads `Pulumi.<stack>.yaml` without an engine or a passphrase. A value the engine encrypted counts as a secret that is
 * set. Throws with the known stacks when the file is not there.
 */
export function readStackFile(stack: string, path: string): StackConfig {
  const parsed = load(readFileSync(path, "utf8")) as { config?: Record<string, unknown> } | undefined;
  const values: Record<string, unknown> = {};
  const secrets = new Set<string>();
  for (const [key, value] of Object.entries(parsed?.config ?? {})) {
    const [namespace, name] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
    if (namespace !== project) continue;
    if (isEncrypted(value)) secrets.add(name);
    else values[name] = value;
  }
  return { stack, values, secrets };
}

function isEncrypted(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 1 && "secure" in value;
}
