import { arrow, changes, describe } from "./differences.ts";
import { count, line, listed, plain } from "./markdown.ts";
import { paired } from "./pairs.ts";
import { isMap, mapIn, mapsIn, type Rendered, type Yaml } from "./rendered.ts";

export const prometheusFile = "prometheus/prometheus.yml";

/** Changes of scrape jobs, targets and intervals, one line each. */
export function scrapeLines(before: Rendered, after: Rendered): string[] {
  const [old, now] = [mapIn(before.get(prometheusFile)), mapIn(after.get(prometheusFile))];
  const { changed, added, removed } = paired(mapsIn(old["scrape_configs"]), mapsIn(now["scrape_configs"]), [
    (job) => String(job["job_name"]),
  ]);
  const named = (job: Yaml) => `Job ${plain(String(job["job_name"]))}`;
  return [
    ...globalLines(old, now),
    ...changed.map(([was, is]) => line(named(is), jobChanges(was, is))),
    ...added.map((job) => `${named(job)}: added${size(job)}`),
    ...removed.map((job) => `${named(job)}: removed${size(job)}`),
  ];
}

/** Changed Prometheus settings other than scrape jobs, rules and retention. */
export function otherPrometheusChanges(before: Rendered, after: Rendered): string[] {
  const rest = (stack: Rendered) => {
    const { scrape_configs: _, rule_files: __, global, storage, ...others } = mapIn(stack.get(prometheusFile));
    return { ...others, global: without(global, intervals), storage: withoutRetention(storage) };
  };
  return changes(rest(before), rest(after)).map(describe);
}

/** Prometheus' retention settings: `time` and `size`. */
export function metricsRetention(stack: Rendered): Yaml {
  const { storage } = mapIn(stack.get(prometheusFile));
  const tsdb = isMap(storage) ? storage["tsdb"] : undefined;
  const retention = isMap(tsdb) ? tsdb["retention"] : undefined;
  return isMap(retention) ? retention : {};
}

const intervals = ["scrape_interval", "scrape_timeout", "evaluation_interval"];

function globalLines(before: Yaml, after: Yaml): string[] {
  const setting = ({ global }: Yaml, key: string) => (isMap(global) ? global[key] : undefined);
  return intervals.flatMap((key) => {
    const [old, now] = [setting(before, key), setting(after, key)];
    return old === now ? [] : [`Default \`${key}\`: ${arrow(old, now)}`];
  });
}

function jobChanges(before: Yaml, after: Yaml): string[] {
  const { static_configs: _, ...old } = before;
  const { static_configs: __, ...now } = after;
  const [oldTargets, targets] = [targetsOf(before), targetsOf(after)];
  const added = [...targets.keys()].filter((target) => !oldTargets.has(target));
  const removed = [...oldTargets.keys()].filter((target) => !targets.has(target));
  const relabelled = [...targets.keys()].filter(
    (target) => oldTargets.has(target) && oldTargets.get(target) !== targets.get(target),
  );
  return [
    ...targetWords(added, "added"),
    ...targetWords(removed, "removed"),
    ...targetWords(relabelled, "relabeled"),
    ...changes(old, now).map(describe),
  ];
}

function targetWords(targets: readonly string[], what: string): string[] {
  if (targets.length === 0) return [];
  const shown = targets.slice(0, 5).map(plain);
  const more = targets.length - shown.length;
  return [
    `target${targets.length === 1 ? "" : "s"} ${listed([...shown, ...(more > 0 ? [`${more} more`] : [])])} ${what}`,
  ];
}

/** Labels of each target, as JSON. */
function targetsOf(job: Yaml): Map<string, string> {
  return new Map(
    mapsIn(job["static_configs"]).flatMap(({ targets, labels }) =>
      (Array.isArray(targets) ? targets : []).map((target) => [String(target), JSON.stringify(labels ?? {})] as const),
    ),
  );
}

function size(job: Yaml): string {
  const targets = targetsOf(job).size;
  return targets > 0 ? ` (${count(targets, "target")})` : "";
}

function without(value: unknown, keys: readonly string[]): Yaml {
  return isMap(value) ? Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key))) : {};
}

function withoutRetention(storage: unknown): unknown {
  if (!isMap(storage) || !isMap(storage["tsdb"])) return storage;
  return { ...storage, tsdb: without(storage["tsdb"], ["retention"]) };
}
