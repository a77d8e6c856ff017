import type { Product } from "../product.ts";

/** Checks requests to the published ports of Prometheus, Alertmanager, Loki and blackbox_exporter, and Grafana's to Loki. */
export const webGateway = {
  workload: "web-gateway",
  image: "haproxy",
  port: 8405,
  probe: { path: "/healthz", by: "wget" },
  user: "99:99",
  job: "web-gateway",
} as const satisfies Product;
