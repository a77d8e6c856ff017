import { arrow, changes, describe } from "./differences.ts";
import { code, line, plain } from "./markdown.ts";
import { isMap, mapIn, mapsIn, type Rendered, type Yaml } from "./rendered.ts";
import { metricsRetention } from "./scraping.ts";

export const lokiFile = "loki/loki.yml";
export const pipelineFiles = ["alloy/config.alloy", "promtail/promtail.yml"];

/** Changed retention of metrics and logs. */
export function retentionLines(before: Rendered, after: Rendered): string[] {
  const [old, now] = [retention(before), retention(after)];
  return Object.keys({ ...now, ...old })
    .filter((what) => old[what] !== now[what])
    .map((what) => `${what}: ${arrow(old[what], now[what])}`);
}

function retention(stack: Rendered): Record<string, string> {
  const { time, size } = metricsRetention(stack);
  const { retention_period: period, retention_stream: streams } = limits(mapIn(stack.get(lokiFile)));
  const kept: [string, unknown][] = [
    ["Metrics", time],
    ["Metrics, by size", size],
    ["Logs", period],
    ...mapsIn(streams).map((stream): [string, unknown] => [
      `Logs of ${code(String(stream["selector"]))}`,
      stream["period"],
    ]),
  ];
  return Object.fromEntries(kept.flatMap(([what, value]) => (value === undefined ? [] : [[what, String(value)]])));
}

function limits(config: Yaml): Yaml {
  const found = config["limits_config"];
  return isMap(found) ? found : {};
}

/** Changed Loki settings other than retention. */
export function otherLokiChanges(before: Rendered, after: Rendered): string[] {
  const rest = (stack: Rendered) => {
    const config = mapIn(stack.get(lokiFile));
    const { retention_period: _, retention_stream: __, ...others } = limits(config);
    return { ...config, limits_config: others };
  };
  return changes(rest(before), rest(after)).map(describe);
}

/** Changes of the log pipeline, one line per Alloy component or Promtail setting. */
export function pipelineLines(before: Rendered, after: Rendered): string[] {
  return pipelineFiles.flatMap((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === now) return [];
    if (old === undefined) return [`${code(path)}: added`];
    if (now === undefined) return [`${code(path)}: removed`];
    const parts = path.endsWith(".alloy")
      ? componentLines(componentsOf(old), componentsOf(now))
      : changes(mapIn(old), mapIn(now)).map((change) => line(plain("Promtail"), [describe(change)]));
    return parts.length > 0 ? parts : [`${code(path)}: changed`];
  });
}

function componentLines(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...new Set([...after.keys(), ...before.keys()])].flatMap((name) => {
    if (before.get(name) === after.get(name)) return [];
    const what = before.has(name) ? (after.has(name) ? "changed" : "removed") : "added";
    return [`${code(name)}: ${what}`];
  });
}

/** Bodies of Alloy components by their header, such as `loki.process "nginx"`. Components are not indented. */
function componentsOf(config: string): Map<string, string> {
  return new Map([...config.matchAll(/^(\S.*?) \{$(.*?)^\}$/gms)].map(([, head = "", body = ""]) => [head, body]));
}
