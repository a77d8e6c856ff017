import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql } from "./expression.ts";

/** Error lines in one window that are worth a look, however quiet the service usually is. */
const burstFloor = 20;

/** Alerts that logs know first, evaluated by Loki's ruler. */
export function logAlerts(settings: Settings): AlertingRule[] {
  const { logs } = settings;
  if (!logs.enabled) return [];
  return [
    ...errorBurst(settings),
    ...(logs.sources.postgres.enabled ? postgresFatal(settings) : []),
    ...(logs.sources.nginxErrors.enabled ? nginxUpstream(settings) : []),
  ];
}

/**
 * Error lines of each service, counted or as a rate. The stack's own parts are left out: they have alerts of their own,
 * and an exporter whose server is away says so at every scrape.
 */
function errors(operation: "count_over_time" | "rate", range: string): string {
  return `sum by (service, cluster, env) (${operation}({level=~"error|critical", service!="monitoring"}${range}))`;
}

function errorBurst(settings: Settings): AlertingRule[] {
  return alert(settings, "ErrorLogBurst", ({ threshold, window }) => ({
    // `unless` and not `and >`: a service without errors in the hour before has nothing to compare with, and still bursts.
    expression: promql`
      ${errors("count_over_time", `[${window}]`)} > ${burstFloor}
        unless ${errors("rate", `[${window}]`)} <= ${threshold} * ${errors("rate", `[1h] offset ${window}`)}`,
    summary: '{{ $labels.service }} logs {{ $value | printf "%.0f" }} errors',
    description: `{{ $labels.service }} wrote {{ $value | printf "%.0f" }} error lines in the last ${window}, more than ${threshold} times as many as in the hour before. Something in it has just broken.`,
    dashboard: "logs",
  }));
}

/** The collector calls PostgreSQL's FATAL and PANIC critical. */
function postgresFatal(settings: Settings): AlertingRule[] {
  return alert(settings, "PostgresFatalErrors", ({ threshold, window }) => ({
    expression: `sum by (cluster, env, host) (count_over_time({service="postgres", level="critical"}[${window}])) > ${threshold}`,
    summary: 'PostgreSQL logs {{ $value | printf "%.0f" }} FATAL errors',
    description: `PostgreSQL ended sessions or refused connections {{ $value | printf "%.0f" }} times in the last ${window} (FATAL or PANIC in its log), more than ${threshold}. Wrong passwords, too many connections and a server that is going down look like this.`,
    dashboard: "logs",
    service: "postgres",
  }));
}

/** What ends every line that Nginx writes about a server behind it: "… while reading response header from upstream". */
const upstreamFailure = "while [a-zA-Z ]*upstream";

function nginxUpstream(settings: Settings): AlertingRule[] {
  return alert(settings, "NginxUpstreamFailures", ({ threshold, window }) => ({
    expression: promql`
      sum by (cluster, env, host) (
        count_over_time({service="nginx", level=~"error|critical"} |~ "${upstreamFailure}" [${window}])
      ) > ${threshold}`,
    summary: 'Nginx could not reach its upstream {{ $value | printf "%.0f" }} times',
    description: `Nginx failed to get an answer from the service behind it {{ $value | printf "%.0f" }} times in the last ${window}, more than ${threshold}. Users got a 502 or 504 for each.`,
    dashboard: "logs",
    service: "nginx",
  }));
}
