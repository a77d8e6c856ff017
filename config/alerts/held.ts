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

/** Alerts that another one inhibits if these labels are equal. */
interface Inhibited {
  readonly names: readonly AlertName[];
  readonly equal: string;
}

interface Inhibitor {
  readonly name: AlertName;
  /** Further matchers of its ALERTS series. */
  readonly matchers?: string;
  /** Whether it waits for its `for`. */
  readonly waits: boolean;
  /** Expression for its cause having ended within a range, with the labels of the alert. */
  readonly ended: (within: string) => string;
  /** Labels that tell its alerts apart. */
  readonly identity: string;
  readonly inhibited: readonly Inhibited[];
}

/** A series that is 0 while the cause lasts was 0 within the range, and is 1. */
export const upAgain = (series: string) => (within: string) =>
  `${series} == 1 and min_over_time(${series}[${within}]) == 0`;

/** Longer than two evaluations of recorded rates over five minutes. */
const least = 600;

/**
 * The end of an expression that keeps an alert firing for some minutes after its cause has ended, as long as an alert that it inhibits fires: those look back
 * over minutes or come from a slower probe, and would notify as a second incident once it has resolved. If nothing else fires,
 * the alert resolves at once, unlike with keep_firing_for.
 *
 * An alert that fired before it has notified already. It does not count: its end would go unnoticed while it is inhibited
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

/** When alerts fired, or will fire. */
function firingSince({ alerting }: Settings, names: readonly AlertName[]): string {
  return [...Map.groupBy(names, (name) => seconds(alerting.rules[name].for))]
    .map(([wait, alike]) => `ALERTS_FOR_STATE{alertname=~"${alike.join("|")}"} + ${wait}`)
    .join("\nor ");
}

/** Long enough for the window of each alert to pass, and for what records and evaluates it. */
function lookBack({ alerting }: Settings, names: readonly AlertName[]): string {
  const windows = names.map((name) => {
    const tuning: { readonly window?: string } = alerting.rules[name];
    return tuning.window === undefined ? 0 : seconds(tuning.window) + 300;
  });
  return `${Math.ceil(Math.max(least, ...windows) / 60)}m`;
}
