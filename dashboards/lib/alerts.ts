import { priorities, type Severity } from "../../config/rules/catalogue.ts";
import { chosenInstance } from "./selectors.ts";

/** Alerts that want something of somebody: all but the one that always fires. */
const chosenAlerts = `${chosenInstance}, severity!="none"`;

export const firing = `ALERTS{alertstate="firing", ${chosenAlerts}}`;
export const pending = `ALERTS{alertstate="pending", ${chosenAlerts}}`;

/** When each pending or firing alert began, as a series whose value is a Unix time. */
export const since = `ALERTS_FOR_STATE{${chosenAlerts}}`;

/** Unix time at which the condition of each firing alert began to hold. */
export function sinceFiring(matchers: string): string {
  return `(ALERTS_FOR_STATE{${matchers}} and ignoring (alertstate) ALERTS{alertstate="firing", ${matchers}})`;
}

/** Seconds since then. */
export const age = `time() - ${sinceFiring(chosenAlerts)}`;

export function ageOf(priority: string): string {
  return `time() - ${sinceFiring(`${chosenInstance}, priority="${priority}"`)}`;
}

export const bySeverity = Object.entries(priorities) as readonly (readonly [Severity, string])[];

/** Firing alerts of one priority. */
export function firingOf(priority: string): string {
  return `ALERTS{alertstate="firing", ${chosenInstance}, priority="${priority}"}`;
}
