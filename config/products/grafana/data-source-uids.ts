/** uids of the stack's data sources, used by dashboards. */
export const datasourceUids = {
  prometheus: "prometheus",
  /** Prometheus itself, if the other one is Thanos. */
  localPrometheus: "prometheus-local",
  loki: "loki",
  alertmanager: "alertmanager",
  jaeger: "jaeger",
} as const;

/** Names of the stack's data sources in Grafana. */
export const datasourceNames = {
  prometheus: "Prometheus",
  localPrometheus: "Prometheus (local)",
  loki: "Loki",
  alertmanager: "Alertmanager",
  jaeger: "Jaeger",
} as const satisfies Record<keyof typeof datasourceUids, string>;
