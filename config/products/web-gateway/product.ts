import type { Product } from "../product.ts";

/** Filters requests to the published ports of pages, and Grafana's requests to Loki. */
export const webGateway = {
  workload: "web-gateway",
  image: "haproxy",
  port: 8405,
  probe: { path: "/healthz", by: "wget" },
  user: "99:99",
  job: "web-gateway",
  readsTls: "at start",
  /** Environment variable with the address it listens on. Unset if containers change their address when they restart. */
  addressVariable: "POD_IP",
} as const satisfies Product & { readonly addressVariable: string };
