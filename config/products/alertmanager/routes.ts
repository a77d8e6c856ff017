import type { Severity } from "../../alerts/catalogue.ts";
import type { AlertingSettings } from "../../settings/schema.ts";
import type { Destination } from "./destinations.ts";
import { quietHoursName } from "./quiet-hours.ts";
import { heartbeat, nobody } from "./receivers.ts";

/** A route of Alertmanager. */
export interface Route {
  readonly receiver: string;
  readonly matchers?: readonly string[];
  readonly continue?: true;
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly mute_time_intervals?: readonly string[];
  readonly routes?: readonly Route[];
}

/**
 * Medium is also the fallback for alerts with an unknown severity: they must not get lost, and must not page anyone.
 */
const severityMatchers: Record<Severity, string> = {
  critical: 'severity="critical"',
  high: 'severity="high"',
  medium: 'severity!~"critical|high|low|none"',
  low: 'severity="low"',
};

const muted: readonly Severity[] = ["medium", "low"];

/** The routing tree: Watchdog to the heartbeat, all other alerts by severity to their destinations. */
export function routes(alerting: AlertingSettings, destinations: readonly Destination[]): Route {
  return {
    receiver: nobody.name,
    group_by: ["alertname", "cluster", "service"],
    routes: [
      {
        receiver: alerting.heartbeat.enabled ? heartbeat.name : nobody.name,
        matchers: ['alertname="Watchdog"'],
        ...waits(alerting.waits.heartbeat),
      },
      ...(Object.keys(severityMatchers) as Severity[]).flatMap((severity) =>
        severityRoute(severity, alerting, destinations),
      ),
    ],
  };
}

function severityRoute(
  severity: Severity,
  { waits: byUrgency, quietHours }: AlertingSettings,
  destinations: readonly Destination[],
): Route[] {
  const reached = destinations.filter(({ severities }) => severities.includes(severity));
  if (reached.length === 0) return [];
  const quiet = quietHours !== undefined && muted.includes(severity);
  return [
    {
      receiver: nobody.name,
      matchers: [severityMatchers[severity]],
      ...waits(byUrgency[severity]),
      routes: reached.map(({ receiver, team }) => ({
        receiver: receiver.name,
        ...(team !== undefined && { matchers: [team] }),
        continue: true,
        // Not inherited from the parent route: https://prometheus.io/docs/alerting/latest/configuration/#route
        ...(quiet && { mute_time_intervals: [quietHoursName] }),
      })),
    },
  ];
}

function waits({ groupWait, groupInterval, repeatInterval }: AlertingSettings["waits"][Severity]) {
  return { group_wait: groupWait, group_interval: groupInterval, repeat_interval: repeatInterval };
}
