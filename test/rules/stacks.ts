import { fileURLToPath } from "node:url";
import type { Settings } from "../../config/settings/schema.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";

/** Neither stack file has a journey. */
const journeys = [
  { name: "create-song", steps: [{ name: "login", request: { url: "https://white-room.example/login" } }] },
];

/** Neither stack file keeps metrics in object storage. */
const longTerm = { objectStorage: { endpoint: "s3.example.com", bucket: "metrics" } };

/** Neither stack file has remote write. */
const remoteWrite = [{ name: "central", url: "https://metrics.example.com/api/v1/write" }];

/** Settings of a stack file, with a journey, Thanos and remote write added. `changed` replaces top-level keys. */
export function stack(name: "dev" | "prod", changed: Readonly<Record<string, unknown>> = {}): Settings {
  const path = fileURLToPath(new URL(`../../Pulumi.${name}.yaml`, import.meta.url));
  const config = readStackFile(name, path);
  const metrics = config.values["metrics"] as object | undefined;
  return toSettings(
    {
      ...config,
      values: { ...config.values, probes: { journeys }, metrics: { ...metrics, longTerm, remoteWrite }, ...changed },
    },
    { requireSecrets: false },
  );
}
