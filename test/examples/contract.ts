import { type MetricDefinition, metricCatalogue, type Service } from "../../config/white-room/metrics.ts";
import type { Family } from "./exposition.ts";

/** Labels whose values are a sample's own choice, within the contract's: it serves three routes, not ten. */
const some = new Set(["route", "method", "code", "instrument", "scanner"]);
/** Labels whose values are nobody's business here. */
const any = new Set(["version", "revision"]);

/**
 * Everything in which a scrape differs from what the contract gives to a service: names, types, texts, labels, values of
 * labels, buckets, and series that do not exist from the start. `only`: the metrics that are looked for; all by default.
 */
export function differences(
  families: ReadonlyMap<string, Family>,
  service: Service,
  only?: readonly string[],
): string[] {
  const catalogue: readonly MetricDefinition[] = metricCatalogue;
  const wanted = catalogue.filter(({ name, services }) => services.includes(service) && (only?.includes(name) ?? true));
  const names = new Set(wanted.map(({ name }) => name));
  const strangers = [...families.keys()].filter((name) => name.startsWith("whiteroom_") && !names.has(name));
  return [
    ...strangers.map((name) => `${name} is not in the contract of ${service}`),
    ...wanted.flatMap((metric) => {
      const family = families.get(metric.name);
      return family === undefined ? [`${metric.name} is missing`] : metricDifferences(metric, family);
    }),
  ];
}

function metricDifferences(metric: MetricDefinition, { type, help, samples }: Family): string[] {
  const { name } = metric;
  const found: string[] = [];
  if (type !== metric.type) found.push(`${name} is a ${type}, not a ${metric.type}`);
  if (help !== metric.help) found.push(`${name} says "${help}", not "${metric.help}"`);
  if (samples.length === 0) found.push(`${name} has no series`);
  for (const sample of samples) {
    const labels = Object.keys(sample.labels).filter((label) => label !== "le");
    if (!sameMembers(labels, Object.keys(metric.labels))) found.push(`${sample.name} has labels ${labels.sort()}`);
  }
  for (const [label, { values }] of Object.entries(metric.labels)) {
    if (any.has(label)) continue;
    const seen = [...new Set(samples.map(({ labels }) => labels[label] ?? ""))];
    const unknown = seen.filter((value) => !values.includes(value));
    const absent = some.has(label) ? [] : values.filter((value) => !seen.includes(value));
    if (unknown.length > 0) found.push(`${name}{${label}} has ${unknown.sort()}`);
    if (absent.length > 0) found.push(`${name}{${label}} lacks ${absent}`);
  }
  if (metric.buckets !== undefined) found.push(...bucketDifferences(metric, samples));
  return [...new Set(found)];
}

function bucketDifferences({ name, buckets = [] }: MetricDefinition, samples: Family["samples"]): string[] {
  const bySeries = new Map<string, string[]>();
  for (const sample of samples.filter((each) => each.name === `${name}_bucket`)) {
    const { le = "", ...labels } = sample.labels;
    const key = JSON.stringify(Object.entries(labels).sort());
    bySeries.set(key, [...(bySeries.get(key) ?? []), le === "+Inf" ? "+Inf" : String(Number(le))]);
  }
  const wanted = [...buckets.map(String), "+Inf"];
  return [...bySeries.values()]
    .filter((bounds) => bounds.join() !== wanted.join())
    .map((bounds) => `${name} has buckets ${bounds}, not ${wanted}`);
}

function sameMembers(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each) => other.includes(each));
}
