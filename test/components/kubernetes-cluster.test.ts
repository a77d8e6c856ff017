import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { missingCluster } from "../../components/platform/kubernetes-cluster.ts";

/** A home whose kubeconfig has these contexts. */
function homeWith(context: TestContext, contexts: readonly string[], current?: string) {
  const home = mkdtempSync(join(tmpdir(), "home-"));
  context.after(() => rmSync(home, { recursive: true }));
  mkdirSync(join(home, ".kube"));
  const file = join(home, ".kube", "config");
  const named = contexts.map((name) => ({ name, context: {} }));
  writeFileSync(
    file,
    JSON.stringify({ contexts: named, ...(current !== undefined && { "current-context": current }) }),
  );
  return { home, file };
}

const none = "No kubeconfig found; create ~/.kube/config, or set KUBECONFIG";
const fix = "set one with `pulumi config set kubernetes:context NAME`";

test("the cluster is looked up like kubectl does", (context) => {
  const { home, file } = homeWith(context, ["a", "b"], "b");
  const nowhere = join(home, "nowhere");
  assert.equal(missingCluster({}, nowhere), none);
  assert.equal(missingCluster({ KUBERNETES_SERVICE_HOST: "10.0.0.1" }, nowhere), undefined);
  assert.equal(missingCluster({}, home), undefined);
  // An empty variable counts as unset; a non-empty one replaces the default path.
  assert.equal(missingCluster({ KUBECONFIG: "" }, home), undefined);
  assert.equal(missingCluster({ KUBECONFIG: nowhere }, home), none);
  assert.equal(missingCluster({ KUBECONFIG: `${nowhere}:${file}` }, home), undefined);
});

test("a kubeconfig with invalid YAML is reported without its content", (context) => {
  const { home, file } = homeWith(context, []);
  writeFileSync(file, "users: [{ user: { token: canary-7f3a }\n  bad");
  const told = missingCluster({ KUBECONFIG: file }, home) ?? "";
  assert.ok(told.startsWith(`The kubeconfig ${file} cannot be read: `), told);
  assert.doesNotMatch(told, /canary/);
});

test("an unknown context is reported with the known ones", (context) => {
  const { home, file } = homeWith(context, ["a", "b"]);
  const other = homeWith(context, [], "c");
  assert.equal(missingCluster({}, home, "a"), undefined);
  assert.equal(
    missingCluster({}, home, "production"),
    `The kubeconfig has no context "production" (known contexts are a, b); ${fix}`,
  );
  assert.equal(missingCluster({}, home), `The kubeconfig has no current context (known contexts are a, b); ${fix}`);
  assert.equal(missingCluster({}, other.home), `The kubeconfig has no context "c" (it contains none); ${fix}`);
  assert.equal(
    missingCluster({ KUBECONFIG: `${file}:${other.file}` }, home),
    `The kubeconfig has no context "c" (known contexts are a, b); ${fix}`,
  );
});
