import type { Settings } from "../settings/schema.ts";
import { seconds } from "../settings/units.ts";
import { type Rates, renders } from "../white-room/objectives.ts";
import type { RecordingRule } from "./alert.ts";
import { promql, valid } from "./expression.ts";
import { probesAndJourneys } from "./monitored.ts";
import { type Objective, objectives } from "./objectives.ts";
import { every, recordedWindow, rule } from "./rates.ts";

/** Names of the series of objectives. All have the labels slo, service, team, cluster and env. */
export const objectiveSeries = {
  events: "slo:events:rate5m",
  errors: "slo:errors:rate5m",
  target: "slo:objective:ratio",
  window: "slo:objective_window:seconds",
  burn5m: "slo:error_budget_burn:ratio_rate5m",
  burn30m: "slo:error_budget_burn:ratio_rate30m",
  burn1h: "slo:error_budget_burn:ratio_rate1h",
  burn6h: "slo:error_budget_burn:ratio_rate6h",
  burn3d: "slo:error_budget_burn:ratio_rate3d",
  events1h: "slo:events:increase1h",
  events6h: "slo:events:increase6h",
  events3d: "slo:events:increase3d",
  sampledEvents: "slo:events:avg10m",
  sampledErrors: "slo:errors:avg10m",
  hourlyEvents: "slo:events:avg1h",
  hourlyErrors: "slo:errors:avg1h",
  eventsSinceHour: "slo:events:sum_since_hour",
  errorsSinceHour: "slo:errors:sum_since_hour",
  windowEvents: "slo:events:sum_window",
  windowErrors: "slo:errors:sum_window",
  errorRatio: "slo:errors_per_events:ratio_window",
  budgetLeft: "slo:error_budget_left:ratio",
  exhaustedIn: "slo:error_budget_exhausted_in:seconds",
} as const;

const { events, errors, target, window, burn6h, sampledEvents, sampledErrors } = objectiveSeries;
const { hourlyEvents, hourlyErrors, eventsSinceHour, errorsSinceHour, windowEvents, windowErrors } = objectiveSeries;
const { errorRatio, budgetLeft } = objectiveSeries;

/** Requests up to the bounds that objectives use, of all their services. */
const requestsWithin = "service_le:whiteroom_http_request_duration_seconds_bucket:rate5m";

/** Rates that are recorded per instance. */
interface Recorded {
  readonly requests: string;
  readonly requestFailures: string;
}

/**
 * Recording rules of all objectives. Their number does not depend on the number of objectives: `events` and `errors` bring
 * every objective into the same form, and all others read only these.
 */
export function objectiveRules(settings: Settings, recorded: Recorded): RecordingRule[] {
  const all = objectives(settings);
  if (all.length === 0) return [];
  const each = (write: (rates: Rates) => string) =>
    all.map((objective) => labelled(objective, write(ratesOf(objective, recorded)))).join("\n  or ");
  return [
    ...latencyRules(all),
    rule(
      events,
      each((rates) => rates.events),
    ),
    rule(
      errors,
      each((rates) => rates.errors),
    ),
    rule(sampledEvents, every("10m", `avg_over_time(${events}[10m])`)),
    rule(sampledErrors, every("10m", `avg_over_time(${errors}[10m])`)),
    rule(hourlyEvents, every("1h", `avg_over_time(${sampledEvents}[1h])`)),
    rule(hourlyErrors, every("1h", `avg_over_time(${sampledErrors}[1h])`)),
    rule(eventsSinceHour, sinceHour(sampledEvents)),
    rule(errorsSinceHour, sinceHour(sampledErrors)),
    rule(windowEvents, inWindow(all, hourlyEvents)),
    rule(windowErrors, inWindow(all, hourlyErrors)),
    rule(
      errorRatio,
      // Without current events, those in the window still count, but not those recorded with a different team or service.
      promql`
        (${windowErrors} + ${errorsSinceHour} or ${windowErrors})
          / (
            (
              ${windowEvents} + ${eventsSinceHour}
                or ${windowEvents} and ${events}
                or ${windowEvents} unless on (slo, cluster, env) ${events}
            ) > 0
          )
          or sum_over_time(${errors}[1h]) / (sum_over_time(${events}[1h]) > 0)`,
    ),
    rule(
      target,
      constant(all, (objective) => objective.target),
    ),
    rule(
      window,
      constant(all, (objective) => seconds(objective.window)),
    ),
    rule(objectiveSeries.burn5m, `${errors} / (${events} > 0) / (1 - ${target})`),
    rule(objectiveSeries.burn30m, burn("30m")),
    rule(objectiveSeries.burn1h, burn("1h")),
    rule(burn6h, burn("6h")),
    // Until the first sample, same as the burn rate over six hours.
    rule(objectiveSeries.burn3d, `${burn("3d", sampledErrors, sampledEvents)}\n  or ${burn6h}`),
    rule(objectiveSeries.events1h, increase(events, "1h")),
    rule(objectiveSeries.events6h, increase(events, "6h")),
    rule(objectiveSeries.events3d, increase(sampledEvents, "3d")),
    // Without events, no budget is spent.
    rule(budgetLeft, `1 - ${errorRatio} / (1 - ${target})\n  or 0 * ${target} + 1`),
    // At the rate of the last six hours. Absent while nothing fails.
    rule(objectiveSeries.exhaustedIn, `clamp_min(${budgetLeft}, 0) * ${window} / (${burn6h} > 0)`),
  ];
}

/**
 * Sum of the 10-minute averages since the last full hour: at 12:34, those of 12:10, 12:20 and 12:30. Absent without recent
 * samples: early in the hour, or while the service is down.
 */
function sinceHour(sampled: string): string {
  return [1, 2, 3, 4, 5]
    .map((count) => `sum_over_time(${sampled}[${count}0m]) and on () minute() >= ${count}0 < ${count + 1}0`)
    .join("\n  or ");
}

/**
 * Sum of the 10-minute averages in the window of each objective until the last full hour, read from hourly averages: 90 days
 * have 13,000 of the 10-minute ones. Selects by name, because history also has objectives that no longer exist.
 */
function inWindow(all: readonly Objective[], hourly: string): string {
  return byValue(
    all,
    (objective) => objective.window,
    (range, chosen) => `6 * sum_over_time(${hourly}${chosen}[${range}])`,
  );
}

/** A value of each objective that has events, or had some in its window. */
function constant(all: readonly Objective[], pick: (objective: Objective) => number): string {
  return byValue(all, pick, (value, chosen) => `0 * (${events}${chosen} or ${errorRatio}${chosen}) + ${value}`);
}

/** How many times too fast the budget is used, weighted by traffic. */
function burn(range: string, failed: string = errors, all: string = events): string {
  return `sum_over_time(${failed}[${range}]) / (sum_over_time(${all}[${range}]) > 0) / (1 - ${target})`;
}

function increase(perSecond: string, range: string): string {
  return `avg_over_time(${perSecond}[${range}]) * ${seconds(range)}`;
}

/** One expression per different value, with a selector of the objectives that have it. */
function byValue<Value>(
  all: readonly Objective[],
  pick: (objective: Objective) => Value,
  write: (value: Value, chosen: string) => string,
): string {
  const values = [...new Set(all.map(pick))];
  return values
    .map((value) => {
      const names = all.filter((objective) => pick(objective) === value).map(({ name }) => name);
      return write(value, `{slo=~"${names.join("|")}"}`);
    })
    .join("\n  or ");
}

function labelled({ name, team }: Objective, expression: string): string {
  return `label_replace(label_replace(${expression}, "slo", "${name}", "", ""), "team", "${team}", "", "")`;
}

const ofService = "sum by (service, cluster, env)";

/** Events and errors per second of an objective, by service, cluster and env. */
function ratesOf({ of, service, threshold, probe }: Objective, { requests, requestFailures }: Recorded): Rates {
  switch (of) {
    case "requests":
      return {
        events: `${ofService} (${requests}{service="${service}"})`,
        errors: `${ofService} (${requestFailures}{service="${service}"})`,
      };
    case "latency":
      return {
        events: within(service, "[+]Inf"),
        errors: `clamp_min(${within(service, "[+]Inf")} - ${within(service, bucketPattern(threshold ?? 0))}, 0)`,
      };
    case "render":
      return renders(service);
    case "probe":
      return probed(service, probe);
    default:
      return of satisfies never;
  }
}

/** A regular expression for a bucket. Prometheus writes the bucket 1 as 1.0, older targets may send 1. */
export function bucketPattern(bound: number): string {
  return Number.isInteger(bound) ? `${bound}(?:[.]0)?` : String(bound).replace(".", "[.]");
}

/** One rule for all objectives on latency: histograms have many series. */
function latencyRules(all: readonly Objective[]): RecordingRule[] {
  const latency = all.filter(({ of }) => of === "latency");
  if (latency.length === 0) return [];
  const services = [...new Set(latency.map(({ service }) => service))].sort();
  const bounds = [...new Set(latency.map(({ threshold = 0 }) => threshold))].sort((a, b) => a - b);
  const les = [...bounds.map(bucketPattern), "[+]Inf"].join("|");
  const buckets = `whiteroom_http_request_duration_seconds_bucket{service=~"${services.join("|")}", le=~"${les}"}`;
  return [rule(requestsWithin, `sum by (service, cluster, env, le) ${valid(`rate(${buckets}[${recordedWindow}])`)}`)];
}

function within(service: string, bucket: string): string {
  return `${ofService} (${requestsWithin}{service="${service}", le=~"${bucket}"})`;
}

/** Runs of one probe or of all probes of a service, with the service of the objective. */
function probed(service: string, probe: string | undefined): Rates {
  const chosen = `probe_success{${probesAndJourneys}, ${probe === undefined ? `service="${service}"` : `probe="${probe}"`}}`;
  const recent = `${chosen}[${recordedWindow}]`;
  const sum = (runs: string) => `sum by (cluster, env) (${runs})`;
  const perSecond = (runs: string, otherwise = "") =>
    `label_replace((${sum(runs)} / ${seconds(recordedWindow)}${otherwise}), "service", "${service}", "", "")`;
  return {
    // Between two runs of an infrequent probe, the rate is 0, not unknown.
    events: perSecond(`count_over_time(${recent})`, ` or 0 * ${sum(`last_over_time(${chosen}[1h])`)}`),
    errors: perSecond(`count_over_time(${recent}) - sum_over_time(${recent})`),
  };
}
