import { missingSecretNeeds } from "../../../config/settings/secrets.ts";
import { toSettings } from "../../../config/settings/settings.ts";
import { clusterProgramPaths } from "../../../scripts/offline/cluster-programs.ts";
import { stackConfig } from "../../components/stack.ts";
import type { EngineStack } from "../../e2e/engine/engine.ts";
import { ControlPlane } from "../cluster/control-plane.ts";
import { createObjects, defaultStorageClass, spareVolumes } from "../cluster/objects.ts";
import { simulateNodes } from "../cluster/simulated-nodes.ts";

/** Starts an API server with nodes in three zones and spare volumes. */
export async function startCluster(): Promise<ControlPlane> {
  const plane = await ControlPlane.start({ programs: clusterProgramPaths() });
  await simulateNodes(
    plane,
    ["a", "b", "c"].map((zone) => ({ name: `${zone}1`, zone })),
  );
  await createObjects(plane.kubectl, [defaultStorageClass(), ...spareVolumes(8)]);
  return plane;
}

/** Creates stack prod with these values, and sets every secret it needs to a value that begins with the prefix. */
export async function createProd(stack: EngineStack, values: Record<string, unknown>, prefix: string): Promise<void> {
  await stack.create(values);
  const config = stackConfig("prod", values);
  for (const { key } of missingSecretNeeds(toSettings(config, { requireSecrets: false }), config.secrets)) {
    stack.setSecret(key, key === "heartbeatUrl" ? `https://heartbeat.example/${prefix}` : `${prefix}-${key}`);
  }
}
