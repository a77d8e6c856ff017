import { type Case, nginx, of, postgres, redis } from "../case.ts";

const dashboard = "white-room-system-health";
const database = { severity: "critical", priority: "P0", team: "database" } as const;

function sessions(songs: number, users: number): Record<string, string> {
  return {
    [of(postgres, "pg_stat_database_numbackends", { datid: "5", datname: "songs" })]: `${songs}x60`,
    [of(postgres, "pg_stat_database_numbackends", { datid: "6", datname: "users" })]: `${users}x60`,
    [of(postgres, "pg_stat_database_numbackends", { datid: "0" })]: "0x60",
    [of(postgres, "pg_settings_max_connections")]: "100x60",
    [of(postgres, "pg_settings_superuser_reserved_connections")]: "3x60",
  };
}

function transaction(seconds: number, labels: Readonly<Record<string, string>> = {}): Record<string, string> {
  const all = { datname: "songs", state: "active", backend_type: "client backend", usename: "api", ...labels };
  return { [of(postgres, "pg_stat_activity_max_tx_duration", all)]: `${seconds}x60` };
}

export const databases: readonly Case[] = [
  {
    alert: "PostgresDown",
    proves: "fires",
    name: "the exporter cannot reach the server",
    series: {
      [of(postgres, "pg_up")]: "1x4 0x20",
      [of({ ...postgres, instance: "db-2:5432" }, "pg_up")]: "1x24",
      [of(postgres, "up")]: "1x24",
    },
    checks: [
      { at: "2m", firing: [] },
      {
        at: "3m",
        firing: [
          {
            labels: { ...postgres, ...database },
            summary: "PostgreSQL on db-1:5432 is down",
            description:
              "The exporter is running but cannot connect to PostgreSQL on db-1:5432: the server is down, unreachable, or rejects the password. User data can be neither read nor saved.",
            dashboard,
          },
        ],
      },
      { at: "3m", alert: "ServiceDown", firing: [] },
    ],
  },
  {
    alert: "PostgresDown",
    proves: "comes close and stays silent",
    name: "the server restarts within 45 s",
    series: { [of(postgres, "pg_up")]: "1x4 0x2 1x20" },
    checks: [
      { at: "2m", firing: [] },
      { at: "4m", firing: [] },
    ],
  },
  {
    alert: "RedisDown",
    proves: "fires",
    name: "the exporter cannot reach the server",
    series: { [of(redis, "redis_up")]: "1x4 0x20" },
    checks: [
      { at: "2m", firing: [] },
      {
        at: "3m",
        firing: [
          {
            labels: { ...redis, ...database },
            summary: "Redis on cache-1:6379 is down",
            description:
              "The exporter is running but cannot connect to Redis on cache-1:6379: the server is down, unreachable, or rejects the password. Sessions and caches are unavailable: users are signed out, and requests are slower.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "RedisDown",
    proves: "comes close and stays silent",
    name: "the server restarts within 45 s",
    series: { [of(redis, "redis_up")]: "1x4 0x2 1x20" },
    checks: [
      { at: "2m", firing: [] },
      { at: "4m", firing: [] },
    ],
  },
  {
    alert: "NginxDown",
    proves: "fires",
    name: "the exporter cannot reach the server",
    series: { [of(nginx, "nginx_up")]: "1x4 0x20" },
    checks: [
      { at: "2m", firing: [] },
      {
        at: "3m",
        firing: [
          {
            labels: { ...nginx, severity: "critical", priority: "P0", team: "platform" },
            summary: "Nginx on edge-1:8081 is down",
            description:
              "The exporter is running but cannot connect to Nginx on edge-1:8081: the server is down, unreachable, or rejects the password. It is in front of every service, so users probably cannot reach any of them.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "NginxDown",
    proves: "comes close and stays silent",
    name: "the server restarts within 45 s",
    series: { [of(nginx, "nginx_up")]: "1x4 0x2 1x20" },
    checks: [
      { at: "2m", firing: [] },
      { at: "4m", firing: [] },
    ],
  },
  {
    alert: "PostgresConnectionsNearLimit",
    proves: "fires",
    name: "88 of 100, three of which only superusers may take",
    series: sessions(60, 28),
    checks: [
      { at: "4m30s", firing: [] },
      {
        at: "6m",
        firing: [
          {
            labels: { ...postgres, severity: "high", priority: "P1", team: "database" },
            summary: "PostgreSQL on db-1:5432 has 90.72% of its connections in use",
            description:
              "90.72% of the connections that PostgreSQL on db-1:5432 offers to non-superuser roles are in use, above the threshold of 90 %. At 100 %, new connections are rejected and requests fail.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "PostgresConnectionsNearLimit",
    proves: "comes close and stays silent",
    name: "87 of 97",
    series: sessions(60, 27),
    checks: [{ at: "12m", firing: [] }],
  },
  {
    alert: "PostgresSlowQueries",
    proves: "fires",
    name: "a query has run for 75 s",
    series: { ...transaction(75), ...transaction(12, { usename: "worker" }) },
    checks: [
      { at: "1m30s", firing: [] },
      {
        at: "3m",
        firing: [
          {
            labels: { ...postgres, datname: "songs", severity: "medium", priority: "P2", team: "database" },
            summary: "A query in songs has been running for 1m 15s",
            description:
              "The oldest active transaction in database songs on db-1:5432 started 1m 15s ago, above the threshold of 60 s. It may hold locks that block other queries.",
            dashboard,
          },
        ],
      },
    ],
  },
  {
    alert: "PostgresSlowQueries",
    proves: "comes close and stays silent",
    name: "59 s; an idle transaction, a replica and a vacuum of hours do not count",
    series: {
      ...transaction(59),
      ...transaction(9000, { state: "idle in transaction" }),
      ...transaction(9000, { backend_type: "walsender" }),
      ...transaction(9000, { backend_type: "autovacuum worker" }),
    },
    checks: [{ at: "10m", firing: [] }],
  },
];
