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
  },
  redis: {
    workload: "redis-exporter",
    image: "redisExporter",
    port: 9121,
    probe: { path: "/health", by: "wget" },
    user: "65534:65534",
    secretFiles: { secrets: { directory: secretsDirectory, keys: ["redisPassword"], read: "at start" } },
    job: "redis",
  },
  nginx: {
    workload: "nginx-exporter",
    image: "nginxExporter",
    port: 9113,
    // The image contains only the exporter.
    probe: { path: "/", by: "nothing" },
    user: "65534:65534",
    job: "nginx",
  },
} as const satisfies Record<ServerKind, Product>;
