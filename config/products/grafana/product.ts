import type { Product } from "../product.ts";

/** Dashboards. Its paths are below the path of `visualization.url`. */
export const grafana = {
  workload: "grafana",
  image: "grafana",
  port: 3000,
  readyPath: "/api/health",
  job: "grafana",
} as const satisfies Product;
