import { hasLoki } from "../products/loki/product.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql } from "./expression.ts";

/** Minimum number of error lines in a window, however quiet the service usually is. */
const burstFloor = 20;

/** Log-based alerts, evaluated by the Loki ruler. */
export function logAlerts(settings: Settings): AlertingRule[] {
  const { logs } = settings;
  if (!hasLoki(settings)) return [];
  return [
    ...errorBurst(settings),
    ...(logs.sources.postgres.enabled ? postgresFatal(settings) : []),
    ...(logs.sources.nginxErrors.enabled ? nginxUpstream(settings) : []),
  ];
}

/**
 * Error lines of each service, as a count or rate. Excludes the monitoring stack, which has its own alerts and whose
 * exporters log an error at every scrape while their server is down.
 */
function errors(operation: "count_over_time" | "rate", range: string): string {
  return `sum by (service, cluster, env) (${operation}({level=~"error|critical", service!="monitoring"}${range}))`;
}

function errorBurst(settings: Settings): AlertingRule[] {
  return alert(settings, "ErrorLogBurst", ({ threshold, window }) => ({
    // `unless` rather than `and >`, so that a service without errors in the hour before can also fire.
    expression: promql`
      ${errors("count_over_time", `[${window}]`)} > ${burstFloor}
        unless ${errors("rate", `[${window}]`)} <= ${threshold} * ${errors("rate", `[1h] offset ${window}`)}`,
    summary: '{{ $labels.service }} logs {{ $value | printf "%.0f" }} errors',
    description: `{{ $labels.service }} logged {{ $value | printf "%.0f" }} errors in the last ${window}, more than ${threshold} times the rate of the hour before. Something has probably just broken.`,
    dashboard: "logs",
  }));
}

/** The collector maps PostgreSQL's FATAL and PANIC to critical. */
function postgresFatal(settings: Settings): AlertingRule[] {
  return alert(settings, "PostgresFatalErrors", ({ threshold, window }) => ({
    expression: `sum by (cluster, env, host) (count_over_time({service="postgres", level="critical"}[${window}])) > ${threshold}`,
    summary: 'PostgreSQL logs {{ $value | printf "%.0f" }} FATAL errors',
    description: `PostgreSQL terminated sessions or rejected connections {{ $value | printf "%.0f" }} times in the last ${window} (FATAL or PANIC in its log), more than ${threshold}. Typical causes are wrong passwords, too many connections, or a server that is shutting down.`,
    dashboard: "logs",
    service: "postgres",
  }));
}

/** Part of every Nginx error about an upstream, such as "… while reading response header from upstream". */
const upstreamFailure = "while [a-zA-Z ]*upstream";

function nginxUpstream(settings: Settings): AlertingRule[] {
  return alert(settings, "NginxUpstreamFailures", ({ threshold, window }) => ({
    expression: promql`
      sum by (cluster, env, host) (
        count_over_time({service="nginx", level=~"error|critical"} |~ "${upstreamFailure}" [${window}])
      ) > ${threshold}`,
    summary: 'Nginx could not reach its upstream {{ $value | printf "%.0f" }} times',
    description: `Nginx got no response from its upstream {{ $value | printf "%.0f" }} times in the last ${window}, more than ${threshold}. Each failure is a 502 or 504 for a user.`,
    dashboard: "logs",
    service: "nginx",
  }));
}
