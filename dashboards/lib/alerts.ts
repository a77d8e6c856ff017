import { priorities, type Severity } from "../../config/alerts/catalogue.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { seconds } from "../../config/settings/units.ts";

/** An alert about something that is gone has no label cluster: it belongs to every choice. */
const ofCluster = 'cluster=~"$cluster|"';
const ofInstance = `${ofCluster}, service=~"$service", instance=~"$instance"`;

/** Alerts of every service, for a page that does not ask which. */
export const anyService = `${ofCluster}, service=~".+"`;

/** Alerts that want something of somebody: all but the one that always fires. */
const chosenAlerts = `${ofInstance}, severity!="none"`;

const firing = `ALERTS{alertstate="firing", ${chosenAlerts}}`;
export const pending = `ALERTS{alertstate="pending", ${chosenAlerts}}`;

/** Unix time at which the condition of each firing alert began to hold. */
export function sinceFiring(matchers: string): string {
  return `(ALERTS_FOR_STATE{${matchers}} and ignoring (alertstate) ALERTS{alertstate="firing", ${matchers}})`;
}

/** Seconds since then. */
export const age = `time() - ${sinceFiring(chosenAlerts)}`;

export function ageOf(priority: string): string {
  return `time() - ${sinceFiring(`${ofInstance}, priority="${priority}"`)}`;
}

export const bySeverity = Object.entries(priorities) as readonly (readonly [Severity, string])[];

/** Firing alerts of one priority; left out: those of the chosen services and instances. */
export function firingOf(priority: string, matchers = ofInstance): string {
  return `ALERTS{alertstate="firing", ${matchers}, priority="${priority}"}`;
}

/** How many of them there are. */
export function countOf(priority: string, matchers = ofInstance): string {
  return `count(${firingOf(priority, matchers)}) or vector(0)`;
}

/** How often each alert began to fire in the dashboard's time: its condition then holds since another moment. Looked at once a minute: one that fires for less may be missed. */
export const fired = `sum by (alertname) (changes(${sinceFiring(chosenAlerts)}[$__range:1m]) + 1)`;

/** Seconds that each alert fired in the dashboard's time, over all that it fired for. */
export function timeFiring({ metrics }: Settings): string {
  return `sum by (alertname) (count_over_time(${firing}[$__range])) * ${seconds(metrics.evaluationInterval)}`;
}
