import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import fc from "fast-check";
import { anyConfig } from "../../bench/fuzz/configs.ts";
import { type Accepted, validateAll } from "../../bench/fuzz/verdicts.ts";
import { toYaml } from "../../config/file.ts";
import { missingSecretNeeds } from "../../config/settings/secrets.ts";
import { clusterProgramPaths, controlPlanePrograms } from "../../scripts/offline/cluster-programs.ts";
import { registerResources } from "../../scripts/render/register.ts";
import { ControlPlane } from "./cluster/control-plane.ts";
import { needsGatewayApi } from "./cluster/needs.ts";
import { defineGatewayApi } from "./cluster/objects.ts";

/** The objects of a config, as YAML. */
async function objectsOf({ values, settings }: Accepted): Promise<string[]> {
  const secrets = new Set(missingSecretNeeds(settings, new Set()).map(({ key }) => key));
  const resources = await registerResources({ stack: "test", values, secrets }, (key) => key);
  return resources.filter(({ type }) => type.startsWith("kubernetes:")).map(({ inputs }) => toYaml(inputs));
}

describe("generated configs, on a real API server", needsGatewayApi(...controlPlanePrograms), () => {
  const folder = mkdtempSync(join(tmpdir(), "white-room-fuzz-"));
  let plane: ControlPlane;

  before(async () => {
    plane = await ControlPlane.start({ programs: clusterProgramPaths() });
    await defineGatewayApi(plane.kubectl);
  });

  after(async () => {
    await plane?.stop();
    rmSync(folder, { recursive: true });
  });

  test("strict validation accepts the objects of every valid config", async () => {
    const { accepted } = validateAll(fc.sample(anyConfig(), { numRuns: 300, seed: 20_261_128 }));
    const configs = accepted.filter(({ settings }) => settings.platform === "kubernetes").slice(0, 60);
    assert.equal(configs.length, 60);
    const namespaces = new Set(
      configs.flatMap(({ settings: { kubernetes } }) => [kubernetes.namespace, kubernetes.agentsNamespace]),
    );
    for (const name of namespaces) await plane.kubectl.run(["create", "namespace", name]);
    const objects = new Set<string>();
    for (const config of configs) for (const object of await objectsOf(config)) objects.add(object);
    const file = join(folder, "objects.yaml");
    writeFileSync(file, [...objects].join("---\n"));
    const words = [
      "apply",
      "--server-side",
      "--dry-run=server",
      "--validate=strict",
      "--force-conflicts",
      "--filename",
      file,
    ];
    const { output } = await plane.kubectl.try(words, 600_000);
    const refused = output
      .split("\n")
      .filter((line) => !/ serverside-applied \(server dry run\)$|^Warning:|^$/.test(line));
    assert.deepEqual(refused, []);
    assert.equal(output.match(/serverside-applied/g)?.length, objects.size);
  });
});
