import { fileURLToPath } from "node:url";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";

/** Neither stack file has a journey. */
const journeys = [
  { name: "create-song", steps: [{ name: "login", request: { url: "https://white-room.example/login" } }] },
];

/** Settings of a stack file of the project and a journey, with the values of single keys replaced. */
export function stack(name: "dev" | "prod", changed: Readonly<Record<string, unknown>> = {}): Settings {
  const path = fileURLToPath(new URL(`../../Pulumi.${name}.yaml`, import.meta.url));
  const config = readStackFile(name, path);
  return toSettings(
    { ...config, values: { ...config.values, probes: { journeys }, ...changed } },
    { requireSecrets: false },
  );
}
