import type { Product } from "../product.ts";

/** Stores metrics and evaluates rules. */
export const prometheus = {
  workload: "prometheus",
  image: "prometheus",
  configDirectory: "/etc/prometheus",
  dataDirectory: "/prometheus",
  port: 9090,
  probe: { path: "/-/ready", by: "wget" },
  user: "65534:65534",
  secretFiles: {
    secrets: {
      // Its path relative to the config directory is the same in a rendered stack, so that the rendered config can be
      // validated on any machine.
      directory: "/etc/secrets/prometheus/secrets",
      keys: [
        "grafanaMetricsPassword",
        ...(["applicationPassword", "applicationToken", "applicationTlsKey"] as const),
        ...(["remoteWritePassword", "remoteWriteToken", "remoteWriteTlsKey"] as const),
      ],
      read: "at each use",
    },
  },
  job: "prometheus",
  tls: {
    args: ["--web.config.file={directory}/web.yml"],
    probe: {
      command: [
        ...["/bin/promtool", "check", "ready", "--url=https://127.0.0.1:9090"],
        "--http.config.file={directory}/client.yml",
      ],
    },
  },
  readsTls: "at each use",
} as const satisfies Product & Record<string, unknown>;
