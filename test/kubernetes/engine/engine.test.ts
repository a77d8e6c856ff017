import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { controlPlanePrograms } from "../../../scripts/offline/cluster-programs.ts";
import { EngineStack } from "../../e2e/engine/engine.ts";
import type { ControlPlane } from "../cluster/control-plane.ts";
import type { ApiObject } from "../cluster/kubectl.ts";
import { needsCluster } from "../cluster/needs.ts";
import { createProd, startCluster } from "./cluster.ts";

/** Nothing is protected, so that the stack can be destroyed. */
const values = { kubernetes: { protectData: false } };

/** Sequential: each test continues with the state that the previous one left. */
describe("prod on the real engine and a real API server", needsCluster(...controlPlanePrograms, "kwok"), () => {
  const stack = new EngineStack("prod");
  let plane: ControlPlane;
  let reachable: Record<string, string>;
  let unreachable: Record<string, string>;

  before(async () => {
    plane = await startCluster();
    reachable = { KUBECONFIG: plane.kubectl.kubeconfig };
    unreachable = { KUBECONFIG: join(plane.folder, "unreachable.kubeconfig") };
    writeFileSync(unreachable["KUBECONFIG"] ?? "", JSON.stringify(kubeconfigOfNobody));
    await createProd(stack, values, "first");
  });

  after(() => plane?.stop());

  test("a preview needs neither a cluster nor a kubeconfig, and reports what it could not read", async () => {
    const nowhere = { KUBECONFIG: join(plane.folder, "no-such-file"), HOME: plane.folder };
    const { code, output } = await stack.operation(["preview"], undefined, nowhere);
    assert.equal(code, 0, output);
    assert.match(output, /kubernetes:apps\/v1:StatefulSet +observability-prometheus +create/);
    assert.match(output, /No kubeconfig found; .*; no API server was contacted/);
  });

  test("up on an unreachable cluster fails with the reason", async () => {
    const { code, output } = await stack.operation(["up", "--yes", "--skip-preview"], undefined, unreachable);
    assert.notEqual(code, 0);
    assert.match(output, /127\.0\.0\.1:1.*connection refused|unreachable/i);
  });

  test("the next up repairs it", async () => {
    await succeeds(["up", "--yes", "--skip-preview"]);
    assert.equal((await plane.kubectl.list<ApiObject>(["statefulsets", "--namespace", "monitoring"])).length, 4);
  });

  test("a second up and a refresh change nothing", async () => {
    await succeeds(["up", "--yes", "--expect-no-changes"]);
    await succeeds(["refresh", "--yes", "--expect-no-changes"]);
  });

  test("a rotated secret is applied without restarting a pod", async () => {
    const before = await podNames();
    stack.setSecret("pagerdutyHighKey", "second-pagerdutyHighKey");
    const output = await succeeds(["up", "--yes", "--skip-preview"]);
    assert.deepEqual(changed(output), ["Secret observability-alertmanager-secrets updated"]);
    assert.deepEqual(await podNames(), before);
    const written = await plane.kubectl.run([
      ...["get", "secret", "alertmanager-secrets", "--namespace", "monitoring"],
      "--output=jsonpath={.data.pagerdutyHighKey}",
    ]);
    assert.equal(Buffer.from(written, "base64").toString(), "second-pagerdutyHighKey");
    assert.ok(!output.includes("second-pagerdutyHighKey"));
  });

  test("a new image tag rolls only the pods of that image", async () => {
    const before = await podNames();
    await stack.set("images.nodeExporter.tag", "v1.12.2");
    const output = await succeeds(["up", "--yes", "--skip-preview"]);
    assert.deepEqual(changed(output), ["DaemonSet observability-node-exporter updated"]);
    const others = (names: string[]) => names.filter((name) => !name.startsWith("node-exporter-"));
    assert.deepEqual(others(await podNames()), others(before));
  });

  test("destroy --exclude-protected keeps namespaces and claims, and the next up uses them", async () => {
    await stack.set("kubernetes.protectData", "true");
    await succeeds(["up", "--yes", "--skip-preview"]);
    const before = [await kept(), await claims()];
    assert.ok(before.flat().length > 2);
    await succeeds(["destroy", "--exclude-protected", "--yes", "--skip-preview"]);
    assert.deepEqual(await plane.kubectl.list<ApiObject>(["statefulsets", "--all-namespaces"]), []);
    assert.deepEqual([await kept(), await claims()], before);
    await succeeds(["up", "--yes", "--skip-preview"]);
    assert.deepEqual([await kept(), await claims()], before);
  });

  test("a stack that no longer creates its namespaces leaves them with everything in them, unless they are protected", async () => {
    await plane.kubectl.run(["create", "configmap", "of-others", "--namespace", "monitoring-agents"]);
    const [before, pods] = [await kept(), await podNames()];
    await stack.set("kubernetes.createNamespaces", "false");
    const { code, output } = await stack.operation(["preview"], undefined, reachable);
    assert.notEqual(code, 0);
    assert.match(output, /Namespace::observability-monitoring.* protected/s);
    assert.match(output, /pulumi state unprotect/);

    await stack.set("kubernetes.createNamespaces", "true");
    await stack.set("kubernetes.protectData", "false");
    await succeeds(["up", "--yes", "--skip-preview"]);
    await stack.set("kubernetes.createNamespaces", "false");
    assert.deepEqual(changed(await succeeds(["up", "--yes", "--skip-preview"])), [
      "Namespace observability-monitoring deleted",
      "Namespace observability-monitoring-agents deleted",
    ]);
    await succeeds(["up", "--yes", "--expect-no-changes"]);
    assert.deepEqual([await kept(), await podNames()], [before, pods]);
  });

  test("destroy removes everything but the namespaces and what others put there", async () => {
    const before = await kept();
    await succeeds(["destroy", "--yes", "--skip-preview"]);
    const left = await plane.kubectl.list<ApiObject>(["clusterroles,clusterrolebindings,priorityclasses"]);
    assert.deepEqual(left.filter(isOwn), []);
    assert.deepEqual(await kept(), before);
    const inside = await plane.kubectl.list<ApiObject>([
      "configmaps,secrets,services,pods,persistentvolumeclaims,networkpolicies,serviceaccounts",
      "--all-namespaces",
    ]);
    assert.deepEqual(inside.filter(isOwn), []);
  });

  /** The stack's namespaces, and an object in one of them that does not belong to the stack, with their UIDs. */
  async function kept(): Promise<string[]> {
    const [namespaces, objects] = await Promise.all([
      plane.kubectl.list<ApiObject>(["namespaces"]),
      plane.kubectl.list<ApiObject>(["configmaps", "--namespace", "monitoring-agents"]),
    ]);
    const found = [...namespaces.filter(isOwn), ...objects.filter(({ metadata }) => metadata.name === "of-others")];
    return found.map(({ metadata }) => `${metadata.name} ${metadata.uid}`);
  }

  async function succeeds(words: readonly string[]): Promise<string> {
    const { code, output } = await stack.operation(words, undefined, reachable);
    assert.equal(code, 0, output);
    return output;
  }

  async function claims(): Promise<string[]> {
    const found = await plane.kubectl.list<ApiObject>(["persistentvolumeclaims", "--all-namespaces"]);
    return found.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
  }

  /** With their UIDs, to distinguish a recreated pod. */
  async function podNames(): Promise<string[]> {
    const pods = await plane.kubectl.list<ApiObject>(["pods", "--all-namespaces"]);
    return pods.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).sort();
  }
});

function isOwn({ metadata }: ApiObject): boolean {
  return metadata.labels?.["app.kubernetes.io/part-of"] === "white-room-monitoring";
}

/** Objects that an operation changed on the cluster, as "kind name operation". */
function changed(output: string): string[] {
  const lines = output.matchAll(/kubernetes:[\w.]+\/\w+:(\w+) (\S+) (created|updated|replaced|deleted)\b/g);
  return [...new Set([...lines].map(([, kind, name, what]) => `${kind} ${name} ${what}`))].sort();
}

const kubeconfigOfNobody = {
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "nobody", cluster: { server: "https://127.0.0.1:1" } }],
  users: [{ name: "nobody", user: {} }],
  contexts: [{ name: "nobody", context: { cluster: "nobody", user: "nobody" } }],
  "current-context": "nobody",
};
