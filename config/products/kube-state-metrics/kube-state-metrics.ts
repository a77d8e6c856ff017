/** Resources exposed by kube-state-metrics, by API group: those used by alerts and dashboards, and no Secrets. */
export const stateResources = {
  "": ["nodes", "persistentvolumeclaims", "pods"],
  apps: ["daemonsets", "deployments", "statefulsets"],
  batch: ["jobs"],
} as const satisfies Record<string, readonly string[]>;

/** Ports of kube-state-metrics: cluster state, and its own metrics. */
export const stateMetricsPorts = { http: 8080, telemetry: 8081 } as const;
