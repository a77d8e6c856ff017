import { priorities, type Severity } from "../../config/alerts/catalogue.ts";

/** A test alert, marked as such. */
export interface DrillAlert {
  readonly labels: Readonly<Record<string, string>> & { readonly alertname: string };
  readonly annotations: Readonly<Record<string, string>>;
}

/** Which alerts to send; all if neither is set. */
export interface DrillChoice {
  readonly severity?: Severity;
  readonly team?: string;
}

/** Labels of all alerts of a run. */
export interface DrillMarks {
  readonly cluster: string;
  readonly environment: string;
  /** Identifies the run. Without it, the group of an earlier run would delay the notification by its group interval. */
  readonly run: string;
  /** Teams with their own receivers. */
  readonly teams: readonly string[];
  /** Severities and teams of the user's own alerts. */
  readonly own: readonly { readonly severity: Severity; readonly team: string }[];
}

/**
 * The alerts of a run: one per priority, one per team with its own receivers, and one per priority that the user's own alerts
 * have in such a team. A severity selects the alert of that priority, a team selects its P0 alert, and both select the team's
 * alert of that priority.
 */
export function drillAlerts({ severity, team }: DrillChoice, marks: DrillMarks): DrillAlert[] {
  if (severity !== undefined || team !== undefined) return [drillAlert(severity ?? "critical", team, marks)];
  const alerts = [
    ...(Object.keys(priorities) as Severity[]).map((each) => drillAlert(each, undefined, marks)),
    ...marks.teams.map((each) => drillAlert("critical", each, marks)),
    ...marks.own
      .filter((own) => marks.teams.includes(own.team))
      .map((own) => drillAlert(own.severity, own.team, marks)),
  ];
  return [...new Map(alerts.map((each) => [each.labels.alertname, each])).values()];
}

function drillAlert(severity: Severity, team: string | undefined, marks: DrillMarks): DrillAlert {
  const priority = priorities[severity];
  const name = `Drill${priority}${(team ?? "").replaceAll(/(?:^|-)([a-z0-9]?)/g, (_, first: string) => first.toUpperCase())}`;
  return {
    labels: {
      alertname: name,
      severity,
      priority,
      team: team ?? "platform",
      service: `drill-${marks.run}`,
      cluster: marks.cluster,
      env: marks.environment,
      drill: "true",
    },
    annotations: {
      summary: `Test alert (${priority}), no action required`,
      description: "Sent by npm run drill to test notifications. It resolves automatically.",
    },
  };
}
