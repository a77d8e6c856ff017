import { join } from "node:path";
import { readStackFile, type StackConfig } from "../../config/settings/stack-file.ts";
import { type Registered, registerResources } from "../../scripts/render/register.ts";

const root = join(import.meta.dirname, "../..");

/** A stack's config from its file, with some keys replaced. */
export function stackConfig(
  stack: string,
  values: Record<string, unknown> = {},
  secrets: readonly string[] = [],
): StackConfig {
  const config = readStackFile(stack, join(root, `Pulumi.${stack}.yaml`));
  return { ...config, values: { ...config.values, ...values }, secrets: new Set([...config.secrets, ...secrets]) };
}

/** Prefix of every secret of a registered stack. */
export const canary = "canary-7f3a";

/** Resources that the program registers for a config. The value of each secret contains its key. */
export function registered(config: StackConfig): Promise<Registered[]> {
  return registerResources(config, (key) => `${canary}-${key}`);
}
