import { ServiceAccount } from "@pulumi/kubernetes/core/v1/serviceAccount.js";
import { ClusterRole } from "@pulumi/kubernetes/rbac/v1/clusterRole.js";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1/clusterRoleBinding.js";
import type { rbac } from "@pulumi/kubernetes/types/input.js";
import type * as pulumi from "@pulumi/pulumi";
import { stateResources } from "../../config/products/kube-state-metrics/kube-state-metrics.ts";
import type { Discovery } from "./workload.ts";

const watch = ["get", "list", "watch"];

/** Minimal API permissions of each kind of discovery. */
const rules: Readonly<Record<Discovery, rbac.v1.PolicyRule[]>> = {
  "scrape targets": [
    { apiGroups: [""], resources: ["nodes", "pods", "services"], verbs: watch },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: watch },
    // Kubelets ask the API server whether a client may read their metrics.
    { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
    { nonResourceURLs: ["/metrics"], verbs: ["get"] },
  ],
  pods: [{ apiGroups: [""], resources: ["pods"], verbs: watch }],
  events: [{ apiGroups: [""], resources: ["events"], verbs: watch }],
  "cluster state": Object.entries(stateResources).map(([group, resources]) => ({
    apiGroups: [group],
    resources: [...resources],
    verbs: ["list", "watch"],
  })),
};

export interface Account {
  /** Pulumi name of an object. */
  readonly resourceName: (name: string) => string;
  readonly name: string;
  readonly namespace: string;
  /** Name of the ClusterRole, unique per stack. */
  readonly roleName: string;
  /** If unset, the account has no permissions in the cluster. */
  readonly discovers: Discovery | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Record<string, string>;
}

/** Creates the service account of a workload's pods and its permissions. Returns what the pods depend on. */
export function account(
  { resourceName, name, namespace, roleName, discovers, labels, annotations }: Account,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const metadata = { name: roleName, labels };
  const resource = resourceName(name);
  const annotated = Object.keys(annotations).length > 0 ? { annotations: { ...annotations } } : {};
  // The token is mounted only in pods that request it.
  const made = new ServiceAccount(
    resource,
    { metadata: { name, namespace, labels, ...annotated }, automountServiceAccountToken: false },
    opts,
  );
  if (discovers === undefined) return [made];
  return [
    made,
    new ClusterRole(resource, { metadata, rules: rules[discovers] }, opts),
    new ClusterRoleBinding(
      resource,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName },
        subjects: [{ kind: "ServiceAccount", name, namespace }],
      },
      opts,
    ),
  ];
}
