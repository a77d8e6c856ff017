import type { Product } from "../product.ts";

/** Read-only access to Docker for the collector and cAdvisor: the only program that mounts Docker's socket. */
export const socketProxy = {
  workload: "socket-proxy",
  image: "haproxy",
  port: 8405,
  probe: { path: "/healthz", by: "wget" },
  // Root without capabilities, because Docker's socket belongs to root.
  user: "0:0",
  job: "socket-proxy",
} as const satisfies Product;
