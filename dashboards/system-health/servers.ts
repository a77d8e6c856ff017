import type { Row } from "../lib/dashboard.ts";
import { instant, mayBeEmpty, range } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { upOrDown } from "../lib/states.ts";
import { stat, timeSeries } from "../lib/visualizations.ts";

type Kind = "postgres" | "redis" | "nginx";

/** The servers White Room stands on, as far as there are any. */
export function servers(watches: (kind: Kind) => boolean): Row[] {
  return [
    ...(watches("postgres") ? [postgres] : []),
    ...(watches("redis") ? [redis] : []),
    ...(watches("nginx") ? [nginx] : []),
  ];
}

function reachable(product: string, kind: Kind, metric: string, alert: "PostgresDown" | "RedisDown" | "NginxDown") {
  return stat(
    {
      title: `${product} up`,
      description: `Whether its exporter could talk to ${product} the last time.`,
      unit: "short",
      width: 5,
      ...upOrDown,
      alerts: [alert],
      queries: [instant(`min by (instance) (${metric}{${job(kind)}})`, "{{instance}}")],
    },
    "tiles",
  );
}

const inPostgres = job("postgres");

const postgres: Row = {
  title: "PostgreSQL",
  panels: [
    reachable("PostgreSQL", "postgres", "pg_up", "PostgresDown"),
    timeSeries({
      title: "Connections in use",
      description: "Share of the connections that PostgreSQL gives to ordinary roles. At 100 % it refuses new ones.",
      unit: "percentunit",
      min: 0,
      width: 10,
      thresholds: { fires: "above", alerts: ["PostgresConnectionsNearLimit"] },
      alerts: ["PostgresConnectionsNearLimit"],
      queries: [
        range(
          `sum by (instance) (pg_stat_database_numbackends{${inPostgres}}) / (max by (instance) (pg_settings_max_connections{${inPostgres}}) - max by (instance) (pg_settings_superuser_reserved_connections{${inPostgres}}))`,
          "{{instance}}",
        ),
      ],
    }),
    timeSeries({
      title: "Transactions",
      description: "Transactions a second that were committed and rolled back.",
      unit: "ops",
      min: 0,
      width: 9,
      queries: [
        range(
          `sum by (instance) (rate(pg_stat_database_xact_commit{${inPostgres}}[$__rate_interval]))`,
          "{{instance}} committed",
        ),
        range(
          `sum by (instance) (rate(pg_stat_database_xact_rollback{${inPostgres}}[$__rate_interval]))`,
          "{{instance}} rolled back",
        ),
      ],
    }),
    timeSeries({
      title: "Longest transaction",
      description: "Age of the oldest transaction that is at work. It may hold locks that others wait for.",
      unit: "s",
      min: 0,
      width: 12,
      thresholds: { fires: "above", alerts: ["PostgresSlowQueries"] },
      alerts: ["PostgresSlowQueries"],
      queries: [
        mayBeEmpty(
          "No client was at work when the exporter looked.",
          range(
            // A transaction that began by the server's clock after it was looked at is younger than nothing.
            `clamp_min(max by (instance, datname) (pg_stat_activity_max_tx_duration{${inPostgres}, state="active", backend_type="client backend"}), 0)`,
            "{{instance}} {{datname}}",
          ),
        ),
      ],
    }),
    timeSeries({
      title: "Blocks read from disk",
      description: "Share of the blocks that queries needed and that were not in PostgreSQL's memory.",
      unit: "percentunit",
      min: 0,
      width: 12,
      queries: [
        range(
          `sum by (instance) (rate(pg_stat_database_blks_read{${inPostgres}}[$__rate_interval])) / (sum by (instance) (rate(pg_stat_database_blks_read{${inPostgres}}[$__rate_interval])) + sum by (instance) (rate(pg_stat_database_blks_hit{${inPostgres}}[$__rate_interval])) > 0)`,
          "{{instance}}",
        ),
      ],
    }),
  ],
};

const inRedis = job("redis");

const redis: Row = {
  title: "Redis",
  panels: [
    reachable("Redis", "redis", "redis_up", "RedisDown"),
    timeSeries({
      title: "Redis commands",
      description: "Commands a second that Redis processed.",
      unit: "ops",
      min: 0,
      width: 10,
      queries: [
        range(`sum by (instance) (rate(redis_commands_processed_total{${inRedis}}[$__rate_interval]))`, "{{instance}}"),
      ],
    }),
    timeSeries({
      title: "Redis memory",
      description: "Memory that Redis' data takes.",
      unit: "bytes",
      min: 0,
      width: 9,
      queries: [range(`max by (instance) (redis_memory_used_bytes{${inRedis}})`, "{{instance}}")],
    }),
  ],
};

const inNginx = job("nginx");

const nginx: Row = {
  title: "Nginx",
  panels: [
    reachable("Nginx", "nginx", "nginx_up", "NginxDown"),
    timeSeries({
      title: "Nginx requests",
      description: "Requests a second that Nginx took.",
      unit: "reqps",
      min: 0,
      width: 10,
      queries: [
        range(`sum by (instance) (rate(nginx_http_requests_total{${inNginx}}[$__rate_interval]))`, "{{instance}}"),
      ],
    }),
    timeSeries({
      title: "Nginx connections",
      description: "Open client connections.",
      unit: "short",
      min: 0,
      width: 9,
      queries: [range(`max by (instance) (nginx_connections_active{${inNginx}})`, "{{instance}}")],
    }),
  ],
};
