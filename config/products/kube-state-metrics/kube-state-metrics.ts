/** The kinds of objects whose state becomes metrics, by API group: what alerts and dashboards read, and no Secrets. */
export const stateResources = {
  "": ["nodes", "persistentvolumeclaims", "pods"],
  apps: ["daemonsets", "deployments", "statefulsets"],
  batch: ["jobs"],
} as const satisfies Record<string, readonly string[]>;

/** Where kube-state-metrics answers: the cluster's state, and metrics of its own. */
export const stateMetricsPorts = { http: 8080, telemetry: 8081 } as const;
