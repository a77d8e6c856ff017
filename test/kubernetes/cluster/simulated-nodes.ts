import { join } from "node:path";
import { clusterProgramPaths } from "../../../scripts/offline/cluster-programs.ts";
import type { ControlPlane } from "./control-plane.ts";
import { createObjects } from "./objects.ts";

export interface SimulatedNode {
  readonly name: string;
  readonly zone: string;
  readonly taints?: readonly { readonly key: string; readonly effect: string }[];
}

/** Nodes that exist only in the API: pods scheduled there are reported as running, but nothing runs. */
export async function simulateNodes(plane: ControlPlane, nodes: readonly SimulatedNode[]): Promise<void> {
  const simulated = "kwok.x-k8s.io/node";
  await plane.processes.start({
    name: "kwok",
    command: clusterProgramPaths().path("kwok"),
    args: [
      `--kubeconfig=${plane.kubectl.kubeconfig}`,
      `--config=${join(import.meta.dirname, "stages.yaml")}`,
      "--manage-all-nodes=false",
      `--manage-nodes-with-annotation-selector=${simulated}=fake`,
      "--node-lease-duration-seconds=40",
    ],
  });
  const room = { cpu: "16", memory: "64Gi", "ephemeral-storage": "100Gi", pods: "110" };
  await createObjects(
    plane.kubectl,
    nodes.map(({ name, zone, taints = [] }) => ({
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        annotations: { [simulated]: "fake" },
        labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone, "kubernetes.io/os": "linux" },
      },
      spec: { taints },
      status: { allocatable: room, capacity: room },
    })),
  );
  for (const { name } of nodes)
    await plane.kubectl.run(["wait", `node/${name}`, "--for=condition=Ready", "--timeout=60s"]);
}
