import type { Product } from "../product.ts";

/** The dashboards without a Grafana server; takes its place and its port. */
export const viewer = {
  workload: "viewer",
  image: "viewer",
  port: 3000,
  probe: { path: "/healthz", by: "wget" },
  user: "1000:1000",
} as const satisfies Product;
