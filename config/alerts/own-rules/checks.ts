import { either, type Problem, show, unknownKey } from "../../settings/problems.ts";
import { isMap } from "../../settings/stack-file.ts";
import { parseDuration } from "../../settings/units.ts";
import { urlProblem } from "../../settings/urls.ts";
import { priorities, type Severity } from "../catalogue.ts";
import { type Language, parseExpression } from "./expression.ts";
import type { Source } from "./source.ts";

/** A user-defined alert. */
export interface OwnAlert {
  readonly name: string;
  readonly severity: Severity;
  readonly team: string;
  readonly language: Language;
}

/** Group and alert names that are already in use, and teams that labels may name. */
export interface Known {
  readonly teams: readonly string[];
  /** Owners of group names and alert names, such as "a built-in alert". */
  readonly groups: Map<string, string>;
  readonly alerts: Map<string, string>;
}

/** Result of checking a file. If there are no problems, `rules` are the rules to deploy. */
export interface Found {
  readonly problems: Problem["message"][];
  readonly alerts: OwnAlert[];
  readonly recorded: string[];
  /** Metric names of PromQL expressions, with where they are read. */
  readonly reads: { readonly metric: string; readonly at: string }[];
}

const groupKeys: Readonly<Record<Language, readonly string[]>> = {
  PromQL: ["name", "interval", "limit", "query_offset", "labels", "rules"],
  LogQL: ["name", "interval", "limit", "rules"],
};
const ruleKeys = {
  alert: ["alert", "expr", "for", "keep_firing_for", "labels", "annotations"],
  record: ["record", "expr", "labels"],
};
const severities = Object.keys(priorities) as Severity[];

/** Checks a rule file. Every problem says where it is and what to write. */
export function checkRuleFile(file: string, source: Source, language: Language, known: Known): Found {
  const found: Found = { problems: [], alerts: [], recorded: [], reads: [] };
  const report = (place: string, message: string) => found.problems.push(`${file}:${source.at(place)} ${message}`);
  const { document } = source;
  const groups = isMap(document) ? document["groups"] : undefined;
  if (!isMap(document) || !Array.isArray(groups) || groups.length === 0) {
    report("groups", 'has no rule groups; start it with "groups:" and a list of groups');
    return found;
  }
  unknownKeys(document, ["groups"], "", report);
  for (const [index, group] of (groups as readonly unknown[]).entries()) {
    const place = `groups.${index}`;
    if (!isMap(group)) {
      report(place, `${show(group)} is not a group; use a map with name and rules`);
      continue;
    }
    unknownKeys(group, groupKeys[language], place, report);
    const { name, rules } = group;
    if (typeof name !== "string" || name === "") report(place, "group has no name; set name");
    else {
      const owner = known.groups.get(name);
      if (owner !== undefined)
        report(`${place}.name`, `group ${show(name)} has the name of ${owner}; use another name`);
      known.groups.set(name, `a group in ${file}`);
    }
    for (const key of ["interval", "query_offset"]) duration(group, key, place, report);
    if (group["limit"] !== undefined && !(Number.isSafeInteger(group["limit"]) && Number(group["limit"]) >= 0))
      report(`${place}.limit`, `limit ${show(group["limit"])} is not valid; use a whole number, or 0 for no limit`);
    if (!Array.isArray(rules) || rules.length === 0) {
      report(place, `group ${show(name)} has no rules; add a rule, or remove the group`);
      continue;
    }
    const inherited = strings(group["labels"], `${place}.labels`, "labels", report);
    for (const [ruleIndex, rule] of (rules as readonly unknown[]).entries())
      checkRule({ file, source, language, known, found, report }, rule, `${place}.rules.${ruleIndex}`, inherited);
  }
  return found;
}

type Report = (place: string, message: string) => unknown;

interface Context {
  readonly file: string;
  readonly source: Source;
  readonly language: Language;
  readonly known: Known;
  readonly found: Found;
  readonly report: Report;
}

function checkRule(context: Context, rule: unknown, place: string, inherited: Readonly<Record<string, string>>): void {
  const { file, source, language, known, found, report } = context;
  if (!isMap(rule)) return void report(place, `${show(rule)} is not a rule; use a map with alert or record, and expr`);
  const kinds = (["alert", "record"] as const).filter((kind) => kind in rule);
  const [kind] = kinds;
  if (kind === undefined || kinds.length > 1)
    return void report(
      place,
      `rule has ${kinds.length === 0 ? "neither alert nor record" : "both alert and record"}; set one`,
    );
  unknownKeys(rule, ruleKeys[kind], place, report);
  const { [kind]: name, expr } = rule;
  if (typeof name !== "string" || name === "")
    return void report(`${place}.${kind}`, `${show(name)} is not a valid rule name; use a string`);
  const what = `${kind} ${show(name)}`;
  if (expr === undefined || expr === null) report(`${place}.expr`, `${what} has no expression; set expr`);
  else if (typeof expr !== "string") report(`${place}.expr`, `expr ${show(expr)} is not a string; put it in quotes`);
  else {
    const { errorAt, typeProblem, metrics } = parseExpression(language, expr);
    const position = (index: number) => `${file}:${source.atIndex(`${place}.expr`, index)}`;
    if (errorAt !== undefined) {
      const rest = expr.slice(errorAt, errorAt + 20).trim();
      found.problems.push(
        `${position(errorAt)} ${what} is not valid ${language}${rest === "" ? ": unexpected end" : ` at ${show(rest)}`}; fix the expression`,
      );
    }
    if (typeProblem !== undefined)
      found.problems.push(`${position(typeProblem.index)} ${what} is not valid ${language}: ${typeProblem.message}`);
    for (const { name: metric, index } of metrics) found.reads.push({ metric, at: position(index) });
  }
  const labels = { ...inherited, ...strings(rule["labels"], `${place}.labels`, "labels", report) };
  if (kind === "record") {
    if (!/^[a-zA-Z_:][\w:]*$/.test(name))
      report(`${place}.record`, `${show(name)} is not a valid metric name; use letters, digits, "_" and ":"`);
    found.recorded.push(name);
    return;
  }
  const owner = known.alerts.get(name);
  if (owner !== undefined) report(`${place}.alert`, `alert ${show(name)} has the name of ${owner}; use another name`);
  known.alerts.set(name, `an alert in ${file}`);
  for (const key of ["for", "keep_firing_for"]) duration(rule, key, place, report);
  const severity = checkPriority(labels, what, place, report);
  const team = checkTeam(labels, known.teams, what, place, report);
  checkAnnotations(strings(rule["annotations"], `${place}.annotations`, "annotations", report), what, place, report);
  if (severity !== undefined && team !== undefined) found.alerts.push({ name, severity, team, language });
}

/** Returns the severity of an alert. If only one of severity and priority is set, the other follows from it. */
function checkPriority(
  { severity, priority }: Readonly<Record<string, string>>,
  what: string,
  place: string,
  report: Report,
): Severity | undefined {
  const ofPriority = severities.find((each) => priorities[each] === priority);
  const ofSeverity = severities.find((each) => each === severity);
  if (severity === undefined && priority === undefined) {
    report(place, `${what} has no severity; set labels.severity to ${either(severities)}`);
    return undefined;
  }
  if (severity !== undefined && ofSeverity === undefined)
    report(`${place}.labels.severity`, `severity ${show(severity)} is not known; use ${either(severities)}`);
  if (priority !== undefined && ofPriority === undefined)
    report(
      `${place}.labels.priority`,
      `priority ${show(priority)} is not known; use ${either(Object.values(priorities))}`,
    );
  if (ofSeverity !== undefined && ofPriority !== undefined && ofSeverity !== ofPriority)
    report(
      `${place}.labels.priority`,
      `priority ${show(priority)} does not belong to severity ${ofSeverity}; use ${priorities[ofSeverity]}, or severity: ${ofPriority}`,
    );
  return ofSeverity ?? ofPriority;
}

function checkTeam(
  { team }: Readonly<Record<string, string>>,
  teams: readonly string[],
  what: string,
  place: string,
  report: Report,
): string | undefined {
  if (team === undefined) report(place, `${what} has no team; set labels.team to ${either(teams)}`);
  else if (team.includes("{{")) return team;
  else if (!teams.includes(team))
    report(
      `${place}.labels.team`,
      `team ${show(team)} is not known; use ${either(teams)}, or add it to alerting.teams`,
    );
  else return team;
  return undefined;
}

function checkAnnotations(
  annotations: Readonly<Record<string, string>>,
  what: string,
  place: string,
  report: Report,
): void {
  for (const key of ["summary", "description"]) {
    if ((annotations[key] ?? "").trim() === "") report(place, `${what} has no ${key}; set annotations.${key}`);
  }
  for (const key of ["runbook_url", "dashboard_url"]) {
    const url = annotations[key];
    if (url !== undefined && !url.includes("{{") && urlProblem(url) !== undefined)
      report(
        `${place}.annotations.${key}`,
        `${key} ${show(url)} is not a valid URL; use an http:// or https:// URL, such as "https://docs.example.com/runbook"`,
      );
  }
}

function strings(map: unknown, place: string, what: string, report: Report): Readonly<Record<string, string>> {
  if (map === undefined || map === null) return {};
  if (!isMap(map)) {
    report(place, `${what} ${show(map)} is not a map; use one "name: value" on each line`);
    return {};
  }
  const valid: [string, string][] = [];
  for (const [key, value] of Object.entries(map)) {
    if (typeof value !== "string") report(`${place}.${key}`, `${key} ${show(value)} is not a string; put it in quotes`);
    else if (!/^[a-zA-Z_]\w*$/.test(key))
      report(`${place}.${key}`, `${show(key)} is not a valid name; use letters, digits and "_"`);
    else valid.push([key, value]);
  }
  return Object.fromEntries(valid);
}

function duration(map: Readonly<Record<string, unknown>>, key: string, place: string, report: Report): void {
  const value = map[key];
  if (value === undefined || (typeof value === "string" && parseDuration(value) !== undefined)) return;
  report(
    `${place}.${key}`,
    `${key} ${show(value)} is not a valid duration; use a number with a unit, such as "15s", "5m" or "7d"`,
  );
}

function unknownKeys(
  map: Readonly<Record<string, unknown>>,
  known: readonly string[],
  place: string,
  report: Report,
): void {
  for (const key of Object.keys(map)) {
    if (known.includes(key)) continue;
    report(place === "" ? key : `${place}.${key}`, `${show(key)} ${unknownKey(key, known)}`);
  }
}
