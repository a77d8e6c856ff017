import { readFileSync } from "node:fs";
import { join } from "node:path";
import { demoPrograms } from "./demo-programs.ts";

/** Init script of the demo's PostgreSQL: tables, and the exporter's role. */
export function postgresInitSql(monitoringPassword: string): string {
  const tables = readFileSync(join(import.meta.dirname, "../../demo/postgres-init.sql"), "utf8");
  const password = monitoringPassword.replaceAll("'", "''");
  return `${tables}
CREATE ROLE white_room_monitoring LOGIN PASSWORD '${password}' IN ROLE pg_monitor;
`;
}

/** Config of the demo's Redis: a bounded cache without persistence. */
export const redisConfig = `aclfile ${demoPrograms.redis.secretFiles.acl.directory}/users.acl
save ""
appendonly no
dir /tmp
maxmemory 32mb
maxmemory-policy allkeys-lru
`;

/** Users of the demo's Redis: one for the simulator, and a read-only one for the exporter. */
export function redisUsers(applicationPassword: string, monitoringPassword: string): string {
  const looking = [
    "ping",
    "info",
    "client",
    "config|get",
    "cluster|info",
    "slowlog",
    "latency",
    "memory|usage",
    "select",
    "scan",
    "type",
    "command",
  ];
  return `user default on >${applicationPassword} ~* &* +@all
user white_room_monitoring on >${monitoringPassword} ~* -@all ${looking.map((command) => `+${command}`).join(" ")}
`;
}
