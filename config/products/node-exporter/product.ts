import type { Product } from "../product.ts";

/** Metrics of the host. */
export const nodeExporter = {
  workload: "node-exporter",
  image: "nodeExporter",
  port: 9100,
  readyPath: "/",
  job: "node",
} as const satisfies Product;
