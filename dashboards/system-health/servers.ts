import { clientsAtWork } from "../../config/alerts/database.ts";
import { recorded } from "../../config/alerts/recording.ts";
import type { Row } from "../lib/dashboard.ts";
import { instant, mayBeEmpty, range } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { upOrDownTiles } from "../lib/states.ts";
import { stat, timeSeries } from "../lib/visualizations.ts";

type Kind = "postgres" | "redis" | "nginx";

/** PostgreSQL, Redis and Nginx, if configured. */
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
      description: `Whether the exporter could connect to ${product} at the last scrape.`,
      unit: "short",
      width: 5,
      ...upOrDownTiles,
      alerts: [alert],
      queries: [instant(`min by (instance) (${metric}{${job(kind)}})`, "{{instance}}")],
    },
    "tiles",
  );
}

/** The service label links a server's series to its logs. */
const perServer = "by (service, instance)";

const inPostgres = job("postgres");

const postgres: Row = {
  title: "PostgreSQL",
  panels: [
    reachable("PostgreSQL", "postgres", "pg_up", "PostgresDown"),
    timeSeries({
      title: "Connections in use",
      description:
        "Connections in use as a share of those available to non-superuser roles. At 100 %, PostgreSQL rejects new ones.",
      unit: "percentunit",
      min: 0,
      leadsToLogs: true,
      width: 10,
      thresholds: { fires: "above", alerts: ["PostgresConnectionsNearLimit"] },
      alerts: ["PostgresConnectionsNearLimit"],
      queries: [range(`max ${perServer} (${recorded.connectionsUsed}{${inPostgres}})`, "{{instance}}")],
    }),
    timeSeries({
      title: "Transactions",
      description: "Committed and rolled back transactions per second.",
      unit: "ops",
      min: 0,
      leadsToLogs: true,
      width: 9,
      queries: [
        range(
          `sum ${perServer} (rate(pg_stat_database_xact_commit{${inPostgres}}[$__rate_interval]))`,
          "{{instance}} committed",
        ),
        range(
          `sum ${perServer} (rate(pg_stat_database_xact_rollback{${inPostgres}}[$__rate_interval]))`,
          "{{instance}} rolled back",
        ),
      ],
    }),
    timeSeries({
      title: "Longest transaction",
      description: "Age of the oldest active transaction. It may hold locks that block other queries.",
      unit: "s",
      min: 0,
      leadsToLogs: true,
      width: 12,
      thresholds: { fires: "above", alerts: ["PostgresSlowQueries"] },
      alerts: ["PostgresSlowQueries"],
      queries: [
        mayBeEmpty(
          "No active transactions at the last scrape.",
          range(
            // The age can be negative if the transaction started after the snapshot.
            `clamp_min(max by (service, instance, datname) (pg_stat_activity_max_tx_duration{${inPostgres}, ${clientsAtWork}}), 0)`,
            "{{instance}} {{datname}}",
          ),
        ),
      ],
    }),
    timeSeries({
      title: "Blocks read from disk",
      description: "Share of blocks that were not found in PostgreSQL's buffer cache.",
      unit: "percentunit",
      min: 0,
      leadsToLogs: true,
      width: 12,
      queries: [
        range(
          `sum ${perServer} (rate(pg_stat_database_blks_read{${inPostgres}}[$__rate_interval])) / (sum ${perServer} (rate(pg_stat_database_blks_read{${inPostgres}}[$__rate_interval])) + sum ${perServer} (rate(pg_stat_database_blks_hit{${inPostgres}}[$__rate_interval])) > 0)`,
          "{{instance}}",
        ),
      ],
    }),
  ],
};

/** Panels of a server with two metrics: load and size. */
interface Server {
  readonly product: "Redis" | "Nginx";
  readonly kind: Kind;
  readonly up: string;
  readonly alert: "RedisDown" | "NginxDown";
  readonly work: {
    readonly title: string;
    readonly description: string;
    readonly unit: string;
    readonly counter: string;
  };
  readonly load: {
    readonly title: string;
    readonly description: string;
    readonly unit: string;
    readonly gauge: string;
  };
  readonly hasLogs: boolean;
}

function server({ product, kind, up, alert, work, load, hasLogs }: Server): Row {
  const logs = hasLogs && ({ leadsToLogs: true } as const);
  const of = (metric: string) => `${metric}{${job(kind)}}`;
  const { counter, ...asked } = work;
  const { gauge, ...holds } = load;
  return {
    title: product,
    panels: [
      reachable(product, kind, up, alert),
      timeSeries({
        ...asked,
        ...logs,
        min: 0,
        width: 10,
        queries: [range(`sum ${perServer} (rate(${of(counter)}[$__rate_interval]))`, "{{instance}}")],
      }),
      timeSeries({
        ...holds,
        ...logs,
        min: 0,
        width: 9,
        queries: [range(`max ${perServer} (${of(gauge)})`, "{{instance}}")],
      }),
    ],
  };
}

const redis = server({
  product: "Redis",
  kind: "redis",
  up: "redis_up",
  alert: "RedisDown",
  work: {
    title: "Redis commands",
    description: "Commands per second processed by Redis.",
    unit: "ops",
    counter: "redis_commands_processed_total",
  },
  load: {
    title: "Redis memory",
    description: "Memory used by Redis for data.",
    unit: "bytes",
    gauge: "redis_memory_used_bytes",
  },
  hasLogs: false,
});

const nginx = server({
  product: "Nginx",
  kind: "nginx",
  up: "nginx_up",
  alert: "NginxDown",
  work: {
    title: "Nginx requests",
    description: "Requests per second handled by Nginx.",
    unit: "reqps",
    counter: "nginx_http_requests_total",
  },
  load: {
    title: "Nginx connections",
    description: "Open client connections.",
    unit: "short",
    gauge: "nginx_connections_active",
  },
  hasLogs: true,
});
