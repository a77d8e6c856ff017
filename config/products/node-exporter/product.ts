import type { Product } from "../product.ts";

/** Metrics of the host. */
export const nodeExporter = {
  workload: "node-exporter",
  image: "nodeExporter",
  port: 9100,
  probe: { path: "/", by: "wget" },
  user: "65534:65534",
  job: "node",
} as const satisfies Product;
