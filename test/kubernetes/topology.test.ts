import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { clusterProgramPaths, controlPlanePrograms } from "../../scripts/offline/cluster-programs.ts";
import { until } from "../logs/programs.ts";
import { ControlPlane } from "./cluster/control-plane.ts";
import { needsCluster } from "./cluster/needs.ts";
import { type Claim, createObjects, defaultClass, defaultStorageClass, post, volumeFor } from "./cluster/objects.ts";
import { allReady, type Pod } from "./cluster/readiness.ts";
import { simulateNodes } from "./cluster/simulated-nodes.ts";
import { applyStrictly, renderedManifests } from "./rendered.ts";

/** Three zones of two nodes each, and a tainted control-plane node. */
const workers = ["a", "b", "c"].flatMap((zone) => [1, 2].map((number) => ({ name: `${zone}${number}`, zone })));
const controlNode = {
  name: "control",
  zone: "a",
  taints: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
};
const zoneOf = new Map([...workers, controlNode].map(({ name, zone }) => [name, zone]));

describe("prod on seven simulated nodes in three zones", needsCluster(...controlPlanePrograms, "kwok"), () => {
  let plane: ControlPlane;
  let rendered: Awaited<ReturnType<typeof renderedManifests>>;

  before(async () => {
    rendered = await renderedManifests(undefined);
    plane = await ControlPlane.start({ programs: clusterProgramPaths() });
    await simulateNodes(plane, [...workers, controlNode]);
    await createObjects(plane.kubectl, [defaultStorageClass()]);
    await applyStrictly(plane.kubectl, rendered.manifests);
    await provideVolumes();
    await allReady(plane.kubectl, 120);
  });

  after(async () => {
    await plane?.stop();
    rendered?.remove();
  });

  test("each claim is bound to a volume of the cluster's default class", async () => {
    const claims = await plane.kubectl.list<Claim>(["persistentvolumeclaims", "--all-namespaces"]);
    const found = claims.map(({ metadata, spec, status }) =>
      [metadata.namespace, metadata.name, spec.storageClassName, status.phase].join(" "),
    );
    assert.deepEqual(
      found.sort(),
      expectedClaims.map((name) => `monitoring ${name} ${defaultClass} Bound`),
    );
  });

  test("replicas share no node, and no zone while there are enough zones", async () => {
    for (const [name, replicas] of Object.entries({ prometheus: 2, alertmanager: 3 })) {
      const nodes = (await podsOf(name)).map(({ spec }) => spec.nodeName ?? "");
      assert.equal(nodes.length, replicas, name);
      assert.equal(new Set(nodes).size, replicas, `${name}: ${nodes}`);
      assert.equal(new Set(nodes.map((node) => zoneOf.get(node))).size, replicas, `${name}: ${nodes}`);
    }
  });

  test("agents run on every node, tainted or not", async () => {
    for (const name of ["alloy", "node-exporter"]) {
      const nodes = (await podsOf(name, "monitoring-agents")).map(({ spec }) => spec.nodeName ?? "");
      assert.deepEqual(nodes.sort(), [...zoneOf.keys()].sort(), name);
    }
  });

  for (const [name, replicas] of Object.entries({ prometheus: 2, alertmanager: 3 })) {
    test(`one of ${replicas} ${name} at a time can be evicted`, async () => {
      const names = (await podsOf(name)).map(({ metadata }) => metadata.name);
      // An evicted pod cannot be rescheduled, so that one is missing when the second eviction is requested.
      const cordon = (word: "cordon" | "uncordon") =>
        plane.kubectl.run([word, ...[...zoneOf.keys()].filter((node) => node !== "control")]);
      await cordon("cordon");
      try {
        const [first, second] = [await evict(names[0] ?? ""), await evict(names[1] ?? "")];
        assert.equal(first.code, 0, first.output);
        assert.notEqual(second.code, 0);
        assert.match(second.output, /would violate the pod's disruption budget/);
      } finally {
        await cordon("uncordon");
      }
      await allReady(plane.kubectl, 120);
    });
  }

  async function podsOf(name: string, namespace = "monitoring"): Promise<Pod[]> {
    return plane.kubectl.list<Pod>(["pods", "--namespace", namespace, "--selector", `app.kubernetes.io/name=${name}`]);
  }

  function evict(pod: string) {
    return post(plane.kubectl, `/api/v1/namespaces/monitoring/pods/${pod}/eviction`, {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: pod, namespace: "monitoring" },
    });
  }

  /** One for each claim, wherever its pod lands. */
  async function provideVolumes(): Promise<void> {
    await until("every claim is there", async () => (await claims()).length === expectedClaims.length);
    const volumes = (await claims()).map((claim) => volumeFor(claim, { hostPath: { path: "/nowhere" } }));
    await createObjects(plane.kubectl, volumes);
  }

  function claims(): Promise<Claim[]> {
    return plane.kubectl.list<Claim>(["persistentvolumeclaims", "--all-namespaces"]);
  }
});

const expectedClaims = [
  "data-alertmanager-0",
  "data-alertmanager-1",
  "data-alertmanager-2",
  "data-grafana-0",
  "data-loki-0",
  "data-prometheus-0",
  "data-prometheus-1",
];
