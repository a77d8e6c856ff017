import { type DashboardName, dashboardUrl, runbookUrl, traceSearchUrl } from "../products/links.ts";
import type { Settings } from "../settings/schema.ts";
import { type AlertDefinition, type AlertName, alerts, ownTeam, priorities, type Severity } from "./catalogue.ts";

/** An alerting rule of Prometheus or Loki. */
export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A recording rule of Prometheus. */
export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** Rules of a group are evaluated sequentially; groups run concurrently. */
export interface RuleGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (AlertingRule | RecordingRule)[];
}

type Definition<Name extends AlertName> = (typeof alerts)[Name];

/** Settings of an alert: the numbers that the catalogue defines for it. */
export type Tuning<Name extends AlertName> = { readonly for: string } & (Definition<Name> extends { threshold: unknown }
  ? { readonly threshold: number }
  : unknown) &
  (Definition<Name> extends { window: unknown } ? { readonly window: string } : unknown);

export interface AlertText {
  readonly expression: string;
  /** One line: what is wrong, and where. */
  readonly summary: string;
  /** For someone who has just been woken up: the value and its impact. */
  readonly description: string;
  readonly dashboard: DashboardName;
  /** The service label, if the series does not have the right one. */
  readonly service?: string;
  /** Other labels that are the same in all its alerts, such as a team other than the catalogue's. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The rule of the worse case, with the catalogue's second severity. */
  readonly isWorse?: true;
  /** Fires without the alert's `for`. */
  readonly isImmediate?: true;
}

/** The rule of an alert with its settings; empty if the alert is disabled. */
export function alert<Name extends AlertName>(
  settings: Settings,
  name: Name,
  write: (tuning: Tuning<Name>) => AlertText,
): AlertingRule[] {
  const tuning = settings.alerting.rules[name];
  if (!settings.alerting.enabled || !tuning.enabled) return [];
  const definition: AlertDefinition = alerts[name];
  const { team } = definition;
  const text = write(tuning as unknown as Tuning<Name>);
  const severity = text.isWorse ? (definition.worse ?? definition.severity) : definition.severity;
  return [
    {
      alert: name,
      expr: text.expression,
      ...(text.isImmediate || isZero(tuning.for) ? {} : { for: tuning.for }),
      labels: {
        severity,
        priority: priorityOf(severity),
        ...(team !== ownTeam && { team }),
        ...(text.service !== undefined && { service: text.service }),
        ...text.labels,
      },
      annotations: {
        summary: text.summary,
        description: text.description,
        runbook_url: runbookUrl(settings, name),
        dashboard_url: dashboardUrl(settings, text.dashboard),
        ...(leadsToTraces(settings, text.dashboard) && {
          traces_url: traceSearchUrl(settings, text.service ?? "{{ $labels.service | urlquery }}"),
        }),
      },
    },
  ];
}

/** Whether an alert is about a service that sends spans. Notifications add a time range to the link. */
function leadsToTraces({ tracing }: Settings, dashboard: DashboardName): boolean {
  return tracing.enabled && (dashboard === "applicationPerformance" || dashboard === "objectives");
}

function priorityOf(severity: Severity | "none"): string {
  return severity === "none" ? "none" : priorities[severity];
}

function isZero(duration: string): boolean {
  return /^(?:0[a-z]+)+$/.test(duration);
}
