import type { Product } from "../product.ts";

/** Stores log lines and evaluates log rules. */
export const loki = {
  workload: "loki",
  image: "loki",
  job: "loki",
  configDirectory: "/etc/loki",
  dataDirectory: "/loki",
  port: 3100,
  readyPath: "/ready",
  /** Environment variable with the replica's address, which it advertises to the others. */
  addressVariable: "POD_IP",
  grpcPort: 9095,
  gossipPort: 7946,
} as const satisfies Product & Record<string, unknown>;
