import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { percent, promql, time } from "./expression.ts";
import { objectiveSeries } from "./objective-rules.ts";
import { daysOf, type Objective, ownObjectives } from "./objectives.ts";

/** Ranges of the burn alerts, and the share of the budget that the default threshold lets pass within the long one. */
export const burnRanges = {
  ErrorBudgetBurnFast: {
    long: "1h",
    events: objectiveSeries.events1h,
    burnLong: objectiveSeries.burn1h,
    burnShort: objectiveSeries.burn5m,
  },
  ErrorBudgetBurnSlow: {
    long: "6h",
    events: objectiveSeries.events6h,
    burnLong: objectiveSeries.burn6h,
    burnShort: objectiveSeries.burn30m,
  },
  ErrorBudgetBurnTicket: {
    long: "3d",
    events: objectiveSeries.events3d,
    burnLong: objectiveSeries.burn3d,
    burnShort: objectiveSeries.burn6h,
  },
} as const;

export type BurnAlert = keyof typeof burnRanges;

/** Unlike `humanize`, which writes 0.3 as 300m. */
const value = '{{ $value | printf "%.2f" }}';

/** No alert waits for more failures than this share of all events. */
const mostFailures = 0.9;

/**
 * Burn rate above which an alert fires, in multiples of the rate that uses up the budget in exactly the window.
 *
 * The thresholds of `alerting.rules` are those for 30 days in the SRE workbook, table 5-8
 * (https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts): a burn rate is the share of the budget
 * that is used × window / long range, so 2 % in 1h is 0.02 × 720h / 1h = 14.4, 5 % in 6h is 0.05 × 720h / 6h = 6, and 10 % in
 * 3d is 0.1 × 30d / 3d = 1. The same shares in another window are these numbers × days / 30: 3.36, 1.4 and 0.233 for 7 days,
 * 43.2, 18 and 3 for 90 days.
 *
 * A burn rate cannot exceed 1 / budget. Where the factor is close to it or above, as for an objective of 95 % over 90 days,
 * the alert fires at 90 % failures, so that every alert notices an outage.
 */
export function burnThreshold(threshold: number, objective: Pick<Objective, "window" | "budget">): number {
  const scaled = (threshold * daysOf(objective)) / 30;
  return Number(Math.min(scaled, mostFailures / objective.budget).toPrecision(6));
}

/** Burn alerts of the objectives in the config, three each. */
export function objectiveAlerts(settings: Settings): AlertingRule[] {
  return ownObjectives(settings).flatMap((objective) =>
    (Object.keys(burnRanges) as BurnAlert[]).flatMap((name) => burnAlert(settings, name, objective)),
  );
}

function burnAlert(settings: Settings, name: BurnAlert, objective: Objective): AlertingRule[] {
  const { long, events, burnLong, burnShort } = burnRanges[name];
  const { name: slo, service, team, window, target, minimumEvents } = objective;
  return alert(settings, name, ({ threshold }) => {
    const factor = burnThreshold(threshold, objective);
    const share = (factor * seconds(long)) / seconds(window);
    return {
      expression: promql`
        ${burnLong}{slo="${slo}"} > ${factor}
          and ${burnShort}{slo="${slo}"} > ${factor}
          and ${events}{slo="${slo}"} >= ${minimumEvents}`,
      summary: `{{ $labels.service }} burns the error budget of objective ${slo} ${value} times as fast as allowed`,
      description: `Over the last ${long}, {{ $labels.service }} used the error budget of objective ${slo} ${value} times as fast as a ${time(seconds(window)).replace(" days", "-day")} window allows (threshold ${Number(factor.toPrecision(3))}, which uses ${rounded(share)} of it within ${long}). The objective is ${percent(target)} of ${goodEvents(objective)}.`,
      dashboard: "objectives",
      labels: { slo, service, team },
    };
  });
}

/** What an objective counts as a good event. */
export function goodEvents({ of, threshold }: Pick<Objective, "of" | "threshold">): string {
  switch (of) {
    case "requests":
      return "requests without a server error";
    case "latency":
      return `requests within ${time(threshold ?? 0)}`;
    case "probe":
      return "successful probes";
    case "render":
      return "audio renders within their deadline";
    default:
      return of satisfies never;
  }
}

function rounded(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(3))} %`;
}
