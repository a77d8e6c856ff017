import assert from "node:assert/strict";
import { test } from "node:test";
import * as pulumi from "@pulumi/pulumi";
import { ObservabilityStack } from "../../components/observability-stack.ts";

const { waitForRPCs: waitForRegistrations } = pulumi.runtime as unknown as { waitForRPCs(): Promise<void> };

/** How the engine treats namespaces and claims that are no longer in the program. */
async function deletions(kubernetes: { readonly protectData?: boolean }): Promise<string[]> {
  await pulumi.runtime.setMocks(
    {
      newResource: ({ name, inputs }) => ({ id: name, state: { ...inputs, result: "generated" } }),
      call: () => ({}),
    },
    "project",
    "live",
    false,
  );
  const found: string[] = [];
  const record: pulumi.ResourceTransformation = ({ type, props, opts }) => {
    const kind = /:(Namespace|PersistentVolumeClaim)$/.exec(type)?.[1];
    const { protect, retainOnDelete } = opts;
    if (kind !== undefined) found.push(`${kind} ${props.metadata.name} ${JSON.stringify({ protect, retainOnDelete })}`);
    return undefined;
  };
  const args = { platform: "kubernetes", environment: "live", kubernetes, ...minimal } as const;
  new ObservabilityStack("stack", args, { transformations: [record] });
  await waitForRegistrations();
  return found.sort();
}

const off = { enabled: false };
const minimal = { alerting: off, logs: off, visualization: off, metrics: { replicas: 1 } };

test("namespaces are never deleted, and protected like the claims", async () => {
  const kept = JSON.stringify({ protect: true, retainOnDelete: true });
  assert.deepEqual(await deletions({}), [
    `Namespace monitoring ${kept}`,
    `Namespace monitoring-agents ${kept}`,
    `PersistentVolumeClaim data-prometheus-0 ${kept}`,
  ]);
  const left = JSON.stringify({ protect: false, retainOnDelete: true });
  assert.deepEqual(await deletions({ protectData: false }), [
    `Namespace monitoring ${left}`,
    `Namespace monitoring-agents ${left}`,
    `PersistentVolumeClaim data-prometheus-0 ${JSON.stringify({ protect: false, retainOnDelete: false })}`,
  ]);
});
