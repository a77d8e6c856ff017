/** Data source uids used by dashboards. */
export const datasourceUids = {
  prometheus: "prometheus",
  /** Prometheus itself, if the other one is Thanos. */
  localPrometheus: "prometheus-local",
  loki: "loki",
  alertmanager: "alertmanager",
  jaeger: "jaeger",
} as const;
