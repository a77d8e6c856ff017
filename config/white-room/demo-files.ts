import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What the demo's PostgreSQL runs at its first start: the demo's tables, and the role that the exporter connects as. */
export function postgresInitSql(monitoringPassword: string): string {
  const tables = readFileSync(join(import.meta.dirname, "../../demo/postgres-init.sql"), "utf8");
  const password = monitoringPassword.replaceAll("'", "''");
  return `${tables}
CREATE ROLE white_room_monitoring LOGIN PASSWORD '${password}' IN ROLE pg_monitor;
`;
}

/** The demo's Redis: a bounded cache that writes nothing to disk. */
export const redisConfig = `aclfile /etc/redis-acl/users.acl
save ""
appendonly no
dir /tmp
maxmemory 32mb
maxmemory-policy allkeys-lru
`;

/** The demo's Redis users: the simulator's, and one for the exporter that can look and not touch. */
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
