import assert from "node:assert/strict";
import { test } from "node:test";
import { stateResources } from "../../config/products/kube-state-metrics/kube-state-metrics.ts";
import { objectsOf, production } from "./kubernetes-objects.ts";
import { registered } from "./stack.ts";

interface Rule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly verbs: readonly string[];
}

const objects = objectsOf(await registered(production()));

test("each account has exactly these permissions", () => {
  const roles = objects.filter(({ kind }) => kind === "ClusterRole") as unknown as {
    metadata: { name: string };
    rules: Rule[];
  }[];
  const rights = roles.map(({ metadata, rules }) => [
    metadata.name,
    rules.flatMap(({ apiGroups = [], resources = [], nonResourceURLs = [], verbs }) =>
      [...apiGroups.flatMap((group) => resources.map((name) => `${group}/${name}`)), ...nonResourceURLs].map(
        (what) => `${verbs.join(",")} ${what}`,
      ),
    ),
  ]);
  assert.deepEqual(Object.fromEntries(rights), {
    "white-room-prod-alloy": ["get,list,watch /pods"],
    "white-room-prod-kube-state-metrics": Object.entries(stateResources).flatMap(([group, resources]) =>
      resources.map((name) => `list,watch ${group}/${name}`),
    ),
    "white-room-prod-prometheus": [
      "get,list,watch /nodes",
      "get,list,watch /pods",
      "get,list,watch /services",
      "get,list,watch discovery.k8s.io/endpointslices",
      "get /nodes/metrics",
      "get /metrics",
    ],
  });
});
