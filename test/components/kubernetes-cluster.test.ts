import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { findsCluster } from "../../components/platform/kubernetes-cluster.ts";

test("a cluster is found where kubectl finds it", (context) => {
  const home = mkdtempSync(join(tmpdir(), "home-"));
  context.after(() => rmSync(home, { recursive: true }));
  assert.equal(findsCluster({}, home), false);
  assert.equal(findsCluster({ KUBERNETES_SERVICE_HOST: "10.0.0.1" }, home), true);
  mkdirSync(join(home, ".kube"));
  writeFileSync(join(home, ".kube", "config"), "");
  assert.equal(findsCluster({}, home), true);
  // Once the variable is set, it alone counts.
  assert.equal(findsCluster({ KUBECONFIG: join(home, "nowhere") }, home), false);
  assert.equal(findsCluster({ KUBECONFIG: `${join(home, "nowhere")}:${join(home, ".kube", "config")}` }, home), true);
});
