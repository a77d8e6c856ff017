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

/**
 * The value of a setting that Grafana reads from a secret file. Its image's `__FILE` variables would put the secret into the
 * environment, replace `${NAME}` in it, and not reach its CLI.
 */
export function secretFrom(set: keyof typeof grafana.secretFiles, key: string): string {
  return `$__file{${grafana.secretFiles[set].directory}/${key}}`;
}
