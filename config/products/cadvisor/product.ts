import type { Product } from "../product.ts";

/** Metrics of the containers on a Docker host. */
export const cadvisor = {
  workload: "cadvisor",
  image: "cadvisor",
  port: 8080,
  readyPath: "/healthz",
  job: "cadvisor",
} as const satisfies Product;
