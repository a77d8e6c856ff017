import type { Product } from "../product.ts";

/** Metrics of the host. */
export const nodeExporter = {
  workload: "node-exporter",
  image: "nodeExporter",
  port: 9100,
  probe: { path: "/", by: "wget" },
  user: "65534:65534",
  job: "node",
  tls: { args: ["--web.config.file={directory}/web.yml"] },
  readsTls: "at each use",
} as const satisfies Product;
