import type { Settings } from "../schema.ts";
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

function errorBurst(settings: Settings): AlertingRule[] {
  const errors = (range: string) => `sum by (service, cluster, env) (REDUCE({level=~"error|critical|fatal"}${range}))`;
  const lines = (window: string) => errors(`[${window}]`).replace("REDUCE", "count_over_time");
  const rate = (range: string) => errors(range).replace("REDUCE", "rate");
  return alert(settings, "ErrorLogBurst", ({ threshold, window }) => ({
    // `unless` and not `and >`: a service without errors in the hour before has nothing to compare with, and still bursts.
    expression: promql`
      ${lines(window)} > ${burstFloor}
        unless ${rate(`[${window}]`)} <= ${threshold} * ${rate(`[1h] offset ${window}`)}`,
    summary: '{{ $labels.service }} logs {{ $value | printf "%.0f" }} errors',
    description: `{{ $labels.service }} wrote {{ $value | printf "%.0f" }} error lines in the last ${window}, more than ${threshold} times as many as in the hour before. Something in it has just broken.`,
    dashboard: "logs",
  }));
}

function postgresFatal(settings: Settings): AlertingRule[] {
  return alert(settings, "PostgresFatalErrors", ({ threshold, window }) => ({
    expression: `sum by (cluster, env, host) (count_over_time({service="postgres", level="fatal"}[${window}])) > ${threshold}`,
    summary: 'PostgreSQL logs {{ $value | printf "%.0f" }} FATAL errors',
    description: `PostgreSQL ended sessions or refused connections {{ $value | printf "%.0f" }} times in the last ${window} (FATAL or PANIC in its log), more than ${threshold}. Wrong passwords, too many connections and a server that is going down look like this.`,
    dashboard: "logs",
    service: "postgres",
  }));
}

function nginxUpstream(settings: Settings): AlertingRule[] {
  const failures =
    "no live upstreams|upstream timed out|upstream prematurely closed|(connect|recv|send)\\\\(\\\\) failed .* upstream";
  return alert(settings, "NginxUpstreamFailures", ({ threshold, window }) => ({
    expression: `sum by (cluster, env, host) (count_over_time({service="nginx"} |~ "${failures}" [${window}])) > ${threshold}`,
    summary: 'Nginx could not reach its upstream {{ $value | printf "%.0f" }} times',
    description: `Nginx failed to get an answer from the service behind it {{ $value | printf "%.0f" }} times in the last ${window}, more than ${threshold}. Users got a 502 or 504 for each.`,
    dashboard: "logs",
    service: "nginx",
  }));
}
