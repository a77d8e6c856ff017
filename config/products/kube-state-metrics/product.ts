import type { Product } from "../product.ts";

/** State of a cluster's objects. Its health check and its own metrics are on the telemetry port. */
export const kubeStateMetrics = {
  workload: "kube-state-metrics",
  image: "kubeStateMetrics",
  port: 8080,
  telemetryPort: 8081,
  probe: { path: "/readyz", by: "nothing" },
  user: "65534:65534",
  tls: { args: ["--tls-config={directory}/web.yml"] },
  readsTls: "at each use",
} as const satisfies Product & Record<string, unknown>;
