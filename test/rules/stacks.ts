import { fileURLToPath } from "node:url";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";

/** Settings of a stack file of the project, with the values of single keys replaced. */
export function stack(name: "dev" | "prod", changed: Readonly<Record<string, unknown>> = {}): Settings {
  const path = fileURLToPath(new URL(`../../Pulumi.${name}.yaml`, import.meta.url));
  const config = readStackFile(name, path);
  return toSettings({ ...config, values: { ...config.values, ...changed } }, { requireSecrets: false });
}
