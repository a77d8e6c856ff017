import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { audioDefinitions } from "../white-room/catalogue.ts";
import type { AlertName } from "./catalogue.ts";
import { promql } from "./expression.ts";

/** Alerts that are inhibited while the service is down: latency, error rate, budget, audio and FFI. */
export const symptoms = [
  "HighLatencyP95",
  "HighErrorRate",
  "ErrorBudgetBurnFast",
  "ErrorBudgetBurnSlow",
  "ErrorBudgetBurnTicket",
  ...(Object.keys(audioDefinitions) as (keyof typeof audioDefinitions)[]),
] as const satisfies AlertName[];

/** A service's own alerts that, together with a failed probe, mean that users are affected. */
export const agreeing = ["ServiceDown", "HighErrorRate", "ErrorBudgetBurnFast"] as const satisfies AlertName[];

/** Alerts that another one inhibits where these labels are equal. */
interface Inhibited {
  readonly names: readonly AlertName[];
  readonly equal: string;
}

interface Inhibitor {
  readonly name: AlertName;
  /** Further matchers of its ALERTS series. */
  readonly matchers?: string;
  /** Whether the alert has a `for`. */
  readonly waits: boolean;
  /** Expression that returns the series of the alert if its cause has ended within a range. */
  readonly ended: (within: string) => string;
  /** Labels that tell its alerts apart. */
  readonly identity: string;
  readonly inhibited: readonly Inhibited[];
}

/** `ended` of a series that is 0 while the cause lasts, and otherwise 1. */
export const upAgain = (series: string) => (within: string) =>
  `${series} == 1 and min_over_time(${series}[${within}]) == 0`;

/** Longer than two evaluations of recorded rates over five minutes. */
const least = 600;

/**
 * The end of an expression that keeps an alert firing after its cause has ended, while an alert that it inhibits still fires.
 * Inhibited alerts resolve minutes later, because they look back over minutes or come from a slower probe, and would page as a
 * second incident. If none of them fires, the alert resolves at once, unlike with keep_firing_for.
 *
 * An alert that fired first has already notified. It does not count: while inhibited, its end would go unnoticed
 * (https://github.com/prometheus/alertmanager/issues/2754).
 */
export function orHeld(
  settings: Settings,
  { name, matchers = "", waits, ended, identity, inhibited }: Inhibitor,
): string {
  return inhibited
    .map(
      ({ names, equal }) => promql`
        or (
          ${ended(lookBack(settings, names))}
            and on (${identity}) ALERTS{alertname="${name}", alertstate="firing"${matchers}}
            and on (${equal}) (
              max by (${equal}) (
                (
                  ${firingSince(settings, names)}
                ) <= time()
              )
                >= on (${equal}) min by (${equal}) (ALERTS_FOR_STATE{alertname="${name}"${matchers}} + ${waits ? seconds(settings.alerting.rules[name].for) : 0})
            )
        )`,
    )
    .join("\n");
}

/** Time at which alerts began to fire, or will. */
function firingSince({ alerting }: Settings, names: readonly AlertName[]): string {
  return [...Map.groupBy(names, (name) => seconds(alerting.rules[name].for))]
    .map(([wait, alike]) => `ALERTS_FOR_STATE{alertname=~"${alike.join("|")}"} + ${wait}`)
    .join("\nor ");
}

/** Covers the window of each alert, and five minutes for recording and evaluating it. */
function lookBack({ alerting }: Settings, names: readonly AlertName[]): string {
  const windows = names.map((name) => {
    const tuning: { readonly window?: string } = alerting.rules[name];
    return tuning.window === undefined ? 0 : seconds(tuning.window) + 300;
  });
  return `${Math.ceil(Math.max(least, ...windows) / 60)}m`;
}
