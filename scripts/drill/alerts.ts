import { priorities, type Severity } from "../../config/alerts/catalogue.ts";

/** A test alert, marked as such. */
export interface DrillAlert {
  readonly labels: Readonly<Record<string, string>> & { readonly alertname: string };
  readonly annotations: Readonly<Record<string, string>>;
}

/** Teams with dedicated receivers. */
export const drillTeams = ["security", "database"] as const;
export type DrillTeam = (typeof drillTeams)[number];

/** Which alerts to send; all if neither is set. */
export interface DrillChoice {
  readonly severity?: Severity;
  readonly team?: DrillTeam;
}

/** Labels of all alerts of a run. */
export interface DrillMarks {
  readonly cluster: string;
  readonly environment: string;
  /** Identifies the run. Without it, the group of an earlier run would delay the notification by its group interval. */
  readonly run: string;
}

/**
 * The alerts of a run: one per priority, and one per team with dedicated receivers. A severity selects that priority, a
 * team selects its P0 alert, and both select that team's alert of that priority.
 */
export function drillAlerts({ severity, team }: DrillChoice, marks: DrillMarks): DrillAlert[] {
  if (severity !== undefined || team !== undefined) return [drillAlert(severity ?? "critical", team, marks)];
  return [
    ...(Object.keys(priorities) as Severity[]).map((each) => drillAlert(each, undefined, marks)),
    ...drillTeams.map((each) => drillAlert("critical", each, marks)),
  ];
}

function drillAlert(severity: Severity, team: DrillTeam | undefined, marks: DrillMarks): DrillAlert {
  const priority = priorities[severity];
  const name = `Drill${priority}${team === undefined ? "" : `${team[0]?.toUpperCase()}${team.slice(1)}`}`;
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
