import type { Product } from "../product.ts";

/** Metrics of the containers on a Docker host. */
export const cadvisor = {
  workload: "cadvisor",
  image: "cadvisor",
  port: 8080,
  probe: { path: "/healthz", by: "wget" },
  // Root without capabilities, because Docker's data directory and the cgroup files belong to root.
  user: "0:0",
  job: "cadvisor",
} as const satisfies Product;
