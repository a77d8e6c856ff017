import type { Program } from "../products/product.ts";
import { demoHosts } from "./demo.ts";

/** User of the demo's processes, which must be able to rotate each other's log files. */
const demoUser = "1000:1000";

/** The demo's programs, as plain data. */
export const demoPrograms = {
  simulator: {
    workload: demoHosts.simulator,
    image: "node",
    probe: { path: "/healthz", by: "wget" },
    user: demoUser,
    secretFiles: {
      secrets: { directory: "/opt/demo-secrets", keys: ["demoDatabasePassword"], read: "at start" },
    },
  },
  sinks: { workload: demoHosts.sinks, image: "node", probe: { path: "/healthz", by: "wget" }, user: demoUser },
  postgres: {
    workload: demoHosts.postgres,
    image: "postgres",
    port: 5432,
    probe: { path: "/", by: ["pg_isready", "-q", "-h", "127.0.0.1", "-U", "white_room"] },
    user: "70:70",
    secretFiles: {
      secrets: { directory: "/etc/demo-secrets", keys: ["demoDatabasePassword"], read: "at start" },
      init: { directory: "/docker-entrypoint-initdb.d", keys: ["postgresPassword"], read: "at start" },
    },
  },
  redis: {
    workload: demoHosts.redis,
    image: "redis",
    port: 6379,
    // A NOAUTH reply also means that it is up.
    probe: { path: "/", by: ["redis-cli", "-h", "127.0.0.1", "ping"] },
    // The Alpine image uses user 999 and group 1000: https://github.com/redis/docker-library-redis
    user: "999:1000",
    secretFiles: {
      acl: { directory: "/etc/redis-acl", keys: ["demoDatabasePassword", "redisPassword"], read: "at start" },
    },
  },
  nginx: {
    workload: demoHosts.nginx,
    image: "nginx",
    probe: { path: "/stub_status", by: "wget" },
    user: demoUser,
  },
} as const satisfies Record<keyof typeof demoHosts, Program & { readonly port?: number }>;
