import type { Product } from "./product.ts";

export type ServerKind = "postgres" | "redis" | "nginx";

/** Exporters that watch one configured server each; a workload's name ends with its target's. */
export const serverExporters = {
  postgres: {
    workload: "postgres-exporter",
    image: "postgresExporter",
    port: 9187,
    readyPath: "/",
    job: "postgres",
  },
  redis: { workload: "redis-exporter", image: "redisExporter", port: 9121, readyPath: "/health", job: "redis" },
  nginx: { workload: "nginx-exporter", image: "nginxExporter", port: 9113, readyPath: "/", job: "nginx" },
} as const satisfies Record<ServerKind, Product>;
