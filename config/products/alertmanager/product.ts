import type { Product } from "../product.ts";

/** Groups, routes and sends alerts. */
export const alertmanager = {
  workload: "alertmanager",
  image: "alertmanager",
  port: 9093,
  readyPath: "/-/ready",
  job: "alertmanager",
} as const satisfies Product;
