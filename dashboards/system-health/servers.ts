import { clientsAtWork } from "../../config/alerts/database.ts";
import { recorded } from "../../config/alerts/recording.ts";
import type { Row } from "../lib/dashboard.ts";
import { instant, mayBeEmpty, range } from "../lib/query.ts";
import { job } from "../lib/selectors.ts";
import { upOrDownTiles } from "../lib/states.ts";
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
      ...upOrDownTiles,
      alerts: [alert],
      queries: [instant(`min by (instance) (${metric}{${job(kind)}})`, "{{instance}}")],
    },
    "tiles",
  );
}

/** The service leads from a server's series to its log lines. */
const perServer = "by (service, instance)";

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
      leadsToLogs: true,
      width: 10,
      thresholds: { fires: "above", alerts: ["PostgresConnectionsNearLimit"] },
      alerts: ["PostgresConnectionsNearLimit"],
      queries: [range(`max ${perServer} (${recorded.connectionsUsed}{${inPostgres}})`, "{{instance}}")],
    }),
    timeSeries({
      title: "Transactions",
      description: "Transactions a second that were committed and rolled back.",
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
      description: "Age of the oldest transaction that is at work. It may hold locks that others wait for.",
      unit: "s",
      min: 0,
      leadsToLogs: true,
      width: 12,
      thresholds: { fires: "above", alerts: ["PostgresSlowQueries"] },
      alerts: ["PostgresSlowQueries"],
      queries: [
        mayBeEmpty(
          "No client was at work when the exporter looked.",
          range(
            // A transaction that began by the server's clock after it was looked at is younger than nothing.
            `clamp_min(max by (service, instance, datname) (pg_stat_activity_max_tx_duration{${inPostgres}, ${clientsAtWork}}), 0)`,
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

/** What a simpler server says of itself: how much it is asked, and how much it holds. */
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
    description: "Commands a second that Redis processed.",
    unit: "ops",
    counter: "redis_commands_processed_total",
  },
  load: {
    title: "Redis memory",
    description: "Memory that Redis' data takes.",
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
    description: "Requests a second that Nginx took.",
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
