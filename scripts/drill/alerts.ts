import { priorities, type Severity } from "../../config/alerts/catalogue.ts";

/** A test alert: nothing is wrong, and it says so. */
export interface DrillAlert {
  readonly labels: Readonly<Record<string, string>> & { readonly alertname: string };
  readonly annotations: Readonly<Record<string, string>>;
}

/** Teams that have receivers of their own. */
export const drillTeams = ["security", "database"] as const;
export type DrillTeam = (typeof drillTeams)[number];

/** What to fire: all when neither is given. */
export interface DrillChoice {
  readonly severity?: Severity;
  readonly team?: DrillTeam;
}

/** Labels that all alerts of one run carry. */
export interface DrillMarks {
  readonly cluster: string;
  readonly environment: string;
  /** Sets this run apart: a group that an earlier run opened would hold the notification back for its interval. */
  readonly run: string;
}

/**
 * The alerts of a run: one a priority, and one a team that has receivers of its own. A severity alone narrows it to that
 * priority, a team alone to that team's P0, both to that team's alert of that priority.
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
      summary: `Test alert of priority ${priority}: nothing is wrong`,
      description: "Somebody is testing that notifications arrive (npm run drill). It resolves by itself.",
    },
  };
}
