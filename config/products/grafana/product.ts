import type { Product } from "../product.ts";

/** Dashboards. Its paths are below the path of `visualization.url`. */
export const grafana = {
  workload: "grafana",
  image: "grafana",
  port: 3000,
  probe: { path: "/api/health", by: "wget" },
  user: "472:0",
  // In separate directories, because they change independently.
  secretFiles: {
    admin: { directory: "/etc/grafana/secrets/admin", keys: ["grafanaAdminPassword"], read: "at each use" },
    database: { directory: "/etc/grafana/secrets/database", keys: ["grafanaDatabasePassword"], read: "at start" },
    smtp: { directory: "/etc/grafana/secrets/smtp", keys: ["smtpPassword"], read: "at start" },
    datasources: { directory: "/etc/grafana/secrets/data-sources", keys: ["dataSourcePassword"], read: "at start" },
    oidc: { directory: "/etc/grafana/secrets/oidc", keys: ["grafanaOidcClientSecret"], read: "at start" },
    secrets: {
      directory: "/etc/grafana/secrets/key",
      keys: ["grafanaSecretKey", "grafanaMetricsPassword"],
      read: "at start",
    },
  },
  job: "grafana",
  readsTls: "at start",
} as const satisfies Product;

/** User name for its /metrics, which everyone who can open its pages could read otherwise. */
export const metricsUser = "prometheus";
