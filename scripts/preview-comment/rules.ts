import { arrow } from "./differences.ts";
import { expressionChanges, skeleton } from "./expression.ts";
import { line, listed, plain } from "./markdown.ts";
import { paired } from "./pairs.ts";
import { isMap, mapIn, mapsIn, type Rendered, type Yaml } from "./rendered.ts";

interface Rule {
  readonly name: string;
  readonly expression: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Yaml;
  readonly for: string;
  readonly keepFiringFor: string;
}

/** Whether a file contains Prometheus or Loki rules. */
export function isRuleFile(path: string): boolean {
  return /^(?:prometheus|loki)\/rules\/.+\.ya?ml$/.test(path);
}

/** Changes of alerts, one line each. */
export function alertLines(before: Rendered, after: Rendered): string[] {
  const [old, now] = [rulesOf(before, "alert"), rulesOf(after, "alert")];
  const { changed, added, removed } = paired(old, now, [
    ({ name, labels, expression }) => JSON.stringify([name, labels, skeleton(expression)]),
    ({ name, labels }) => JSON.stringify([name, labels]),
    ({ name, expression }) => JSON.stringify([name, skeleton(expression)]),
    ({ name }) => name,
  ]);
  const nameOf = uniqueNames([...old, ...now]);
  return unique([
    ...changed.map(([was, is]) => line(nameOf(is), ruleChanges(was, is))),
    ...added.map((rule) => `${nameOf(rule)}: added${importance(rule)}`),
    ...removed.map((rule) => `${nameOf(rule)}: removed${importance(rule)}`),
  ]);
}

/** Changes of recording rules and evaluation intervals, one line each. */
export function recordingLines(before: Rendered, after: Rendered): string[] {
  const { changed, added, removed } = paired(rulesOf(before, "record"), rulesOf(after, "record"), [
    ({ name, labels }) => JSON.stringify([name, labels]),
    ({ name }) => name,
  ]);
  return unique([
    ...changed.map(([was, is]) => line(plain(is.name), ruleChanges(was, is))),
    ...added.map(({ name }) => `${plain(name)}: added`),
    ...removed.map(({ name }) => `${plain(name)}: removed`),
    ...intervalLines(before, after),
  ]);
}

/** Rule groups with a unique ID; group names are unique only within a file. */
function groupsOf(stack: Rendered): { id: string; group: Yaml }[] {
  return [...stack]
    .filter(([path]) => isRuleFile(path))
    .flatMap(([path, content]) =>
      mapsIn(mapIn(content)["groups"]).map((group) => ({ id: `${path} ${group["name"]}`, group })),
    );
}

function rulesOf(stack: Rendered, kind: "alert" | "record"): Rule[] {
  return groupsOf(stack)
    .flatMap(({ group }) => mapsIn(group["rules"]))
    .filter((rule) => typeof rule[kind] === "string")
    .map((rule) => ({
      name: String(rule[kind]),
      expression: String(rule["expr"] ?? ""),
      labels: isMap(rule["labels"]) ? (rule["labels"] as Record<string, string>) : {},
      annotations: isMap(rule["annotations"]) ? rule["annotations"] : {},
      for: String(rule["for"] ?? "0s"),
      keepFiringFor: String(rule["keep_firing_for"] ?? "0s"),
    }));
}

function ruleChanges(before: Rule, after: Rule): string[] {
  const found = [
    ...expressionChanges(before.expression, after.expression),
    ...(before.for === after.for ? [] : [`for ${arrow(before.for, after.for)}`]),
    ...(before.keepFiringFor === after.keepFiringFor
      ? []
      : [`keep_firing_for ${arrow(before.keepFiringFor, after.keepFiringFor)}`]),
    ...labelChanges(before.labels, after.labels),
  ];
  // Annotations quote thresholds and durations, so they change with them.
  if (found.length > 0) return found;
  const texts = keys(before.annotations, after.annotations).filter(
    (key) => before.annotations[key] !== after.annotations[key],
  );
  return [texts.length > 0 ? `${listed(texts.map(plain))} changed` : "formatting changed"];
}

function labelChanges(before: Rule["labels"], after: Rule["labels"]): string[] {
  const differing = keys(before, after).filter((key) => before[key] !== after[key]);
  // The severity follows from the priority.
  const shown = differing.includes("priority") ? differing.filter((key) => key !== "severity") : differing;
  return shown.map((key) => `${plain(key)} ${arrow(before[key], after[key])}`);
}

function importance({ labels: { priority, team } }: Rule): string {
  const words = [...(priority ? [plain(priority)] : []), ...(team ? [`team ${plain(team)}`] : [])];
  return words.length > 0 ? ` (${words.join(", ")})` : "";
}

/** Names rules by their name, plus the labels that distinguish rules of the same name. */
function uniqueNames(rules: readonly Rule[]): (rule: Rule) => string {
  const common = ["severity", "priority", "team"];
  const byName = Object.groupBy(rules, ({ name }) => name);
  return ({ name, labels }) => {
    const others = byName[name] ?? [];
    const distinguishing = Object.keys(labels).filter(
      (key) => !common.includes(key) && others.some((other) => other.labels[key] !== labels[key]),
    );
    const words = distinguishing.map((key) => `${plain(key)} ${plain(String(labels[key]))}`);
    return words.length > 0 ? `${plain(name)} (${words.join(", ")})` : plain(name);
  };
}

function intervalLines(before: Rendered, after: Rendered): string[] {
  const old = new Map(groupsOf(before).map(({ id, group }) => [id, group["interval"]]));
  return groupsOf(after).flatMap(({ id, group: { name, interval } }) =>
    old.has(id) && old.get(id) !== interval
      ? [`Group ${plain(String(name))}: interval ${arrow(old.get(id) ?? "default", interval ?? "default")}`]
      : [],
  );
}

function keys(before: object, after: object): string[] {
  return [...new Set([...Object.keys(after), ...Object.keys(before)])];
}

function unique(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}
