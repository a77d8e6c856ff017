import type { Product } from "./product.ts";

export type ServerKind = "postgres" | "redis" | "nginx";

const secretsDirectory = "/etc/exporter/secrets";

/** Exporters that watch one configured server each; a workload's name ends with its target's. */
export const serverExporters = {
  postgres: {
    workload: "postgres-exporter",
    image: "postgresExporter",
    port: 9187,
    probe: { path: "/", by: "wget" },
    user: "65534:65534",
    secretFiles: { secrets: { directory: secretsDirectory, keys: ["postgresPassword"], read: "at start" } },
    job: "postgres",
    tls: { args: ["--web.config.file={directory}/web.yml"] },
    readsTls: "at each use",
  },
  redis: {
    workload: "redis-exporter",
    image: "redisExporter",
    port: 9121,
    probe: { path: "/health", by: "wget" },
    user: "65534:65534",
    secretFiles: { secrets: { directory: secretsDirectory, keys: ["redisPassword"], read: "at start" } },
    job: "redis",
    tls: {
      args: [
        "--tls-server-cert-file={directory}/tls.crt",
        "--tls-server-key-file={directory}/tls.key",
        "--tls-server-ca-cert-file={directory}/ca.pem",
      ],
    },
    readsTls: "at each use",
  },
  nginx: {
    workload: "nginx-exporter",
    image: "nginxExporter",
    port: 9113,
    // The image contains only the exporter.
    probe: { path: "/", by: "nothing" },
    user: "65534:65534",
    job: "nginx",
    tls: { args: ["--web.config.file={directory}/web.yml"] },
    readsTls: "at each use",
  },
} as const satisfies Record<ServerKind, Product>;
