import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { drillCommand } from "../../config/alerts/drill-command.ts";
import { toSettings } from "../../config/settings/settings.ts";
import { readStackFile } from "../../config/settings/stack-file.ts";

const root = join(import.meta.dirname, "..", "..");

for (const [stack, command] of [
  ["dev", "npm run drill -- --stack dev --severity p0"],
  [
    "prod",
    "kubectl -n monitoring port-forward pod/alertmanager-0 9093:9093 & kubectl -n monitoring port-forward pod/alertmanager-1 9094:9093 & kubectl -n monitoring port-forward pod/alertmanager-2 9095:9093, then npm run drill -- --stack prod --severity p0 --url http://localhost:9093 --url http://localhost:9094 --url http://localhost:9095",
  ],
] as const) {
  test(`stack ${stack} shows its drill command`, () => {
    const config = readStackFile(stack, join(root, `Pulumi.${stack}.yaml`));
    assert.equal(drillCommand(toSettings(config, { requireSecrets: false }), stack), command);
  });
}
