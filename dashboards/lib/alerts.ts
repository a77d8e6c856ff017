import { priorities, type Severity } from "../../config/alerts/catalogue.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { seconds } from "../../config/settings/units.ts";

/** Alerts about missing targets have no cluster label, so they match every selection. */
const ofCluster = 'cluster=~"$cluster|"';
const ofInstance = `${ofCluster}, service=~"$service", instance=~"$instance"`;

/** Alerts of all services, for dashboards without a service variable. */
export const anyService = `${ofCluster}, service=~".+"`;

/** All alerts except Watchdog, which always fires. */
const chosenAlerts = `${ofInstance}, severity!="none"`;

const firing = `ALERTS{alertstate="firing", ${chosenAlerts}}`;
export const pending = `ALERTS{alertstate="pending", ${chosenAlerts}}`;

/** Unix time at which the condition of each firing alert became true. */
export function sinceFiring(matchers: string): string {
  return `(ALERTS_FOR_STATE{${matchers}} and ignoring (alertstate) ALERTS{alertstate="firing", ${matchers}})`;
}

/** The age in seconds. */
export const age = `time() - ${sinceFiring(chosenAlerts)}`;

export function ageOf(priority: string): string {
  return `time() - ${sinceFiring(`${ofInstance}, priority="${priority}"`)}`;
}

export const bySeverity = Object.entries(priorities) as readonly (readonly [Severity, string])[];

/** Firing alerts of one priority; by default of the selected services and instances. */
export function firingOf(priority: string, matchers = ofInstance): string {
  return `ALERTS{alertstate="firing", ${matchers}, priority="${priority}"}`;
}

/** Number of firing alerts of one priority. */
export function countOf(priority: string, matchers = ofInstance): string {
  return `count(${firingOf(priority, matchers)}) or vector(0)`;
}

/**
 * Number of times each alert started firing in the time range, detected by a changed start time. Sampled once a minute, so
 * shorter ones may be missed.
 */
export const fired = `sum by (alertname) (changes(${sinceFiring(chosenAlerts)}[$__range:1m]) + 1)`;

/** Seconds that each alert was firing in the time range, summed over its instances. */
export function timeFiring({ metrics }: Settings): string {
  return `sum by (alertname) (count_over_time(${firing}[$__range])) * ${seconds(metrics.evaluationInterval)}`;
}
