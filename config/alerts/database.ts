import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import type { AlertName } from "./catalogue.ts";
import { percent, promql, targetLabels, time } from "./expression.ts";
import { orHeld, upAgain } from "./held.ts";
import { watchesProbes, watchesServers } from "./monitored.ts";
import { recorded } from "./recording.ts";

/** PostgreSQL, Redis and Nginx. */
export function databaseAlerts(settings: Settings): AlertingRule[] {
  return [
    ...(watchesServers(settings, "postgres") ? postgres(settings) : []),
    ...(watchesServers(settings, "redis")
      ? unreachable(settings, "RedisDown", {
          metric: "redis_up",
          service: "redis",
          product: "Redis",
          meaning: "Sessions and caches are unavailable: users are signed out, and requests are slower.",
        })
      : []),
    ...(watchesServers(settings, "nginx")
      ? unreachable(settings, "NginxDown", {
          metric: "nginx_up",
          service: "nginx",
          product: "Nginx",
          meaning: "It is in front of every service, so users probably cannot reach any of them.",
        })
      : []),
  ];
}

interface Server {
  readonly metric: string;
  readonly service: string;
  readonly product: string;
  readonly meaning: string;
}

type DownAlert = "PostgresDown" | "RedisDown" | "NginxDown";

function unreachable(settings: Settings, name: DownAlert & AlertName, server: Server): AlertingRule[] {
  const { metric, service, product, meaning } = server;
  return alert(settings, name, () => ({
    expression: promql`
      ${metric} == 0
        ${watchesProbes(settings) ? orHeldServer(settings, name, server) : ""}`,
    summary: `${product} on {{ $labels.instance }} is down`,
    description: `The exporter is running but cannot connect to ${product} on {{ $labels.instance }}: the server is down, unreachable, or rejects the password. ${meaning}`,
    dashboard: "systemHealth",
    service,
  }));
}

/** Keeps the alert firing, because a probe of the server notices later that it is back. */
function orHeldServer(settings: Settings, name: DownAlert, { metric }: Server): string {
  return orHeld(settings, {
    name,
    waits: true,
    ended: upAgain(metric),
    identity: "job, instance, cluster, env",
    inhibited: [{ names: ["ProbeFailed"], equal: "service, cluster, env" }],
  });
}

/** Active client sessions; PostgreSQL's background processes have long transactions too. */
export const clientsAtWork = 'state="active", backend_type="client backend"';

function postgres(settings: Settings): AlertingRule[] {
  const service = "postgres";
  return [
    ...unreachable(settings, "PostgresDown", {
      metric: "pg_up",
      service,
      product: "PostgreSQL",
      meaning: "User data can be neither read nor saved.",
    }),
    ...alert(settings, "PostgresConnectionsNearLimit", ({ threshold }) => ({
      expression: `${recorded.connectionsUsed} > ${threshold}`,
      summary: "PostgreSQL on {{ $labels.instance }} has {{ $value | humanizePercentage }} of its connections in use",
      description: `{{ $value | humanizePercentage }} of the connections that PostgreSQL on {{ $labels.instance }} offers to non-superuser roles are in use, above the threshold of ${percent(threshold)}. At 100 %, new connections are rejected and requests fail.`,
      dashboard: "systemHealth",
      service,
    })),
    ...alert(settings, "PostgresSlowQueries", ({ threshold }) => ({
      expression: promql`
        max by (${targetLabels}, datname) (
          pg_stat_activity_max_tx_duration{${clientsAtWork}}
        ) > ${threshold}`,
      summary: "A query in {{ $labels.datname }} has been running for {{ $value | humanizeDuration }}",
      description: `The oldest active transaction in database {{ $labels.datname }} on {{ $labels.instance }} started {{ $value | humanizeDuration }} ago, above the threshold of ${time(threshold)}. It may hold locks that block other queries.`,
      dashboard: "systemHealth",
      service,
    })),
  ];
}
