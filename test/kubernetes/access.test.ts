import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { clusterProgramPaths, controlPlanePrograms } from "../../scripts/offline/cluster-programs.ts";
import { ControlPlane } from "./cluster/control-plane.ts";
import type { ApiObject } from "./cluster/kubectl.ts";
import { needsCluster } from "./cluster/needs.ts";
import { post } from "./cluster/objects.ts";
import { applyStrictly, renderedManifests } from "./rendered.ts";

const watch = (...resources: string[]) =>
  resources.flatMap((name) => ["get", "list", "watch"].map((verb) => `${verb} ${name}`));
const listed = (...resources: string[]) =>
  resources.flatMap((name) => ["list", "watch"].map((verb) => `${verb} ${name}`));

const rights: Readonly<Record<string, readonly string[]>> = {
  "monitoring:prometheus": [
    ...watch("nodes", "pods", "services", "endpointslices.discovery.k8s.io"),
    "get nodes/metrics",
    "get /metrics",
  ],
  "monitoring:kube-state-metrics": listed(
    ...["nodes", "pods", "persistentvolumeclaims"],
    ...["daemonsets.apps", "deployments.apps", "statefulsets.apps", "jobs.batch"],
  ),
  "monitoring-agents:alloy": watch("pods"),
};

/** Permissions that would let a stolen token take over the cluster or read data that monitoring does not need. */
const forbidden: readonly string[] = [
  "get secrets",
  "list secrets",
  "get configmaps",
  "create pods",
  "create pods/exec",
  "delete pods",
  "get pods/log",
  "get nodes/proxy",
  "create serviceaccounts/token",
  "patch deployments.apps",
  "escalate clusterroles.rbac.authorization.k8s.io",
  "bind clusterroles.rbac.authorization.k8s.io",
  "impersonate users",
];

describe("accounts of prod", needsCluster(...controlPlanePrograms), () => {
  let plane: ControlPlane;
  let rendered: Awaited<ReturnType<typeof renderedManifests>>;

  before(async () => {
    rendered = await renderedManifests(undefined);
    plane = await ControlPlane.start({ programs: clusterProgramPaths() });
    await applyStrictly(plane.kubectl, rendered.manifests);
  });

  after(async () => {
    await plane?.stop();
    rendered?.remove();
  });

  test("are exactly these, each with the permissions it needs", async () => {
    const accounts = await plane.kubectl.list<ApiObject>(["serviceaccounts", "--all-namespaces"]);
    const own = accounts.filter(
      ({ metadata }) => /^monitoring/.test(metadata.namespace ?? "") && metadata.name !== "default",
    );
    assert.deepEqual(
      own.map(({ metadata }) => `${metadata.namespace}:${metadata.name}`).sort(),
      Object.keys(rights).sort(),
    );
    const everybody = new Set(await rightsOf("monitoring:default"));
    for (const [account, expected] of Object.entries(rights)) {
      const found = (await rightsOf(account)).filter((right) => !everybody.has(right));
      assert.deepEqual(found.sort(), [...expected].sort(), account);
    }
  });

  for (const account of [...Object.keys(rights), "monitoring:default", "monitoring-agents:default"]) {
    test(`${account} is denied by kubectl auth can-i`, async () => {
      const answers = await Promise.all(forbidden.map((right) => canI(right, account)));
      assert.deepEqual(
        answers,
        forbidden.map((right) => `${right}: no`),
      );
    });
  }

  test("kubectl auth can-i allows the regular API requests of each account", async () => {
    for (const [account, expected] of Object.entries(rights)) {
      const answers = await Promise.all(expected.map((right) => canI(right, account)));
      assert.deepEqual(
        answers,
        expected.map((right) => `${right}: yes`),
        account,
      );
    }
  });

  test("only pods of these accounts get a token", async () => {
    const pods = await plane.kubectl.list<Workload>(["deployments,statefulsets,daemonsets", "--all-namespaces"]);
    const withToken = pods.flatMap(({ metadata, spec: { template } }) =>
      template.spec.automountServiceAccountToken === false
        ? []
        : [`${metadata.namespace}:${template.spec.serviceAccountName}`],
    );
    assert.deepEqual(withToken.sort(), Object.keys(rights).sort());
  });

  /** The answer of `kubectl auth can-i`, which reads "pods/log" as a pod named "log". */
  async function canI(right: string, account: string): Promise<string> {
    const [verb = "", name = ""] = right.split(" ");
    const [resource = "", subresource] = name.startsWith("/") ? [name] : name.split("/");
    const words = [verb, resource, ...(subresource === undefined ? [] : [`--subresource=${subresource}`])];
    const { stdout } = await plane.kubectl.try(["auth", "can-i", ...words, "--all-namespaces", as(account)]);
    return `${right}: ${stdout.trim()}`;
  }

  /** All rights of an account, as reported by the API server. */
  async function rightsOf(account: string): Promise<string[]> {
    const path = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SelfSubjectRulesReview",
      spec: { namespace: "kube-system" },
    };
    const { status } = JSON.parse((await post(plane.kubectl, path, review, [as(account)])).stdout) as RulesReview;
    return [
      ...status.resourceRules.flatMap(({ verbs, apiGroups, resources }) =>
        verbs.flatMap((verb) =>
          apiGroups.flatMap((group) =>
            resources.map((resource) => `${verb} ${group === "" ? resource : `${resource}.${group}`}`),
          ),
        ),
      ),
      ...status.nonResourceRules.flatMap(({ verbs, nonResourceURLs }) =>
        verbs.flatMap((verb) => nonResourceURLs.map((url) => `${verb} ${url}`)),
      ),
    ];
  }
});

function as(account: string): string {
  return `--as=system:serviceaccount:${account}`;
}

interface RulesReview {
  readonly status: {
    readonly resourceRules: readonly {
      readonly verbs: readonly string[];
      readonly apiGroups: readonly string[];
      readonly resources: readonly string[];
    }[];
    readonly nonResourceRules: readonly {
      readonly verbs: readonly string[];
      readonly nonResourceURLs: readonly string[];
    }[];
  };
}

interface Workload extends ApiObject {
  readonly spec: {
    readonly template: {
      readonly spec: { readonly automountServiceAccountToken?: boolean; readonly serviceAccountName?: string };
    };
  };
}
