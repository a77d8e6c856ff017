/** Resources exposed by kube-state-metrics, by API group: those used by alerts and dashboards, and no Secrets. */
export const stateResources = {
  "": ["nodes", "persistentvolumeclaims", "pods"],
  apps: ["daemonsets", "deployments", "statefulsets"],
  batch: ["jobs"],
} as const satisfies Record<string, readonly string[]>;
