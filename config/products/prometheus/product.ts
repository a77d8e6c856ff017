import type { Product } from "../product.ts";

/** Stores metrics and evaluates rules. */
export const prometheus = {
  workload: "prometheus",
  image: "prometheus",
  port: 9090,
  readyPath: "/-/ready",
  job: "prometheus",
} as const satisfies Product;
