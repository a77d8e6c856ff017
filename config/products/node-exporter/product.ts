import type { HostExporter } from "../product.ts";

/** Metrics of the host. */
export const nodeExporter = {
  workload: "node-exporter",
  image: "nodeExporter",
  port: 9100,
  probe: { path: "/", by: "wget" },
  user: "65534:65534",
  job: "node",
  service: "host",
  command: ["/bin/node_exporter"],
  placement: "every-node",
  tls: { args: ["--web.config.file={directory}/web.yml"] },
  readsTls: "at each use",
  imageFacts: {
    source: "https://github.com/prometheus/node_exporter/blob/v1.12.1/Dockerfile",
    programs: ["/bin/node_exporter", "nc", "wget"],
    version: ["/bin/node_exporter", "--version"],
  },
  settings: {
    title: "node_exporter",
    description: "Enables node_exporter, which exposes host metrics.",
    enabled: true,
    memory: "64Mi",
    cpu: 0.25,
  },
} as const satisfies HostExporter;
