import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { alertNames, priorities, teams } from "../../config/alerts/catalogue.ts";

/** Labels that Prometheus gives to every series of a target. */
export const targetLabels: readonly string[] = ["job", "instance", "service", "cluster", "env"];

/** Metrics by name, each with the values seen of each label. */
export type KnownSeries = ReadonlyMap<string, ReadonlyMap<string, ReadonlySet<string>>>;

/** Labels of the series in which Prometheus keeps the state of alerts. */
const ofAlerts: ReadonlyMap<string, Set<string>> = new Map([
  ["alertname", new Set(alertNames)],
  ["alertstate", new Set(["firing", "pending"])],
  ["severity", new Set([...Object.keys(priorities), "none"])],
  ["priority", new Set([...Object.values(priorities), "none"])],
  ["team", new Set(teams)],
]);

/** Every series in the recordings, those of the sandbox and those from elsewhere, and what Prometheus writes by itself. */
export function knownSeries(): KnownSeries {
  const known = new Map<string, Map<string, Set<string>>>();
  for (const file of recordings()) {
    for (const [, metric, labels] of readFileSync(file, "utf8").matchAll(/^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? /gm)) {
      const values = known.get(metric ?? "") ?? new Map<string, Set<string>>();
      known.set(metric ?? "", values);
      for (const [, name = "", value = ""] of (labels ?? "").matchAll(/(\w+)=("(?:[^"\\]|\\.)*")/g)) {
        values.set(name, (values.get(name) ?? new Set()).add(JSON.parse(value)));
      }
    }
  }
  for (const metric of [
    "up",
    "scrape_duration_seconds",
    "scrape_samples_scraped",
    "scrape_samples_post_metric_relabeling",
    "scrape_series_added",
  ]) {
    known.set(metric, new Map());
  }
  for (const metric of ["ALERTS", "ALERTS_FOR_STATE"]) known.set(metric, new Map(ofAlerts));
  return known;
}

/** A label matcher: `code=~"5.."`. */
export interface Matcher {
  readonly name: string;
  readonly operator: string;
  readonly value: string;
}

/** Whether a matcher can match anything that was recorded: the label is there, and so is a value that fits. */
export function canMatch(known: KnownSeries, metric: string, { name, operator, value }: Matcher): boolean {
  if (targetLabels.includes(name)) return true;
  const values = [...(known.get(metric)?.get(name) ?? [])];
  const whole = new RegExp(`^(?:${value})$`);
  const fits = {
    "=": (v: string) => v === value,
    "!=": (v: string) => v !== value,
    "=~": (v: string) => whole.test(v),
    "!~": (v: string) => !whole.test(v),
  };
  return values.some(fits[operator as keyof typeof fits]);
}

/** Labels of the recorded log streams, each with the values seen of it; of those that say where a stack runs, none. */
export function knownStreamLabels(): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Map<string, Set<string>>();
  const files = ["./log-streams.txt", "./elsewhere/log-streams.txt"];
  const text = files.map((file) => readFileSync(new URL(file, import.meta.url), "utf8")).join("");
  for (const [, name = "", value = ""] of text.matchAll(/(\w+)="([^"]*)"/g)) {
    const values = known.get(name) ?? new Set();
    known.set(name, value === "" ? values : values.add(value));
  }
  return known;
}

function recordings(): string[] {
  const here = fileURLToPath(new URL(".", import.meta.url));
  return ["", "elsewhere"].flatMap((folder) =>
    readdirSync(join(here, folder))
      .filter((file) => file.endsWith(".prom"))
      .map((file) => join(here, folder, file)),
  );
}
