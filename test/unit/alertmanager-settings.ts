import { fileURLToPath } from "node:url";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";

/** Settings of the stack `dev` or `prod` as committed. */
export function stackSettings(stack: "dev" | "prod"): Settings {
  const path = fileURLToPath(new URL(`../../Pulumi.${stack}.yaml`, import.meta.url));
  return toSettings(readStackFile(stack, path), { requireSecrets: false });
}

/** Settings of a small Docker stack with these alerting keys. Throws as config would. */
export function alertingSettings(alerting: Record<string, unknown> = {}): Settings {
  const email = { smarthost: "smtp.example.com:587", to: { default: ["oncall@example.com"] } };
  const values = { platform: "docker", environment: "test", alerting: { email, ...alerting } };
  return toSettings({ stack: "test", values, secrets: new Set() }, { requireSecrets: false });
}
