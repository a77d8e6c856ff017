import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { traitsOf } from "../../../components/platform/traits.ts";
import { type RenderedFile, toYaml } from "../../file.ts";
import { hasLoki } from "../../products/loki/product.ts";
import { fileProblem } from "../../settings/named-file.ts";
import { editDistance, type Problem } from "../../settings/problems.ts";
import type { Settings } from "../../settings/schema.ts";
import { services } from "../../white-room/metrics.ts";
import { alertNames, priorities, type Severity } from "../catalogue.ts";
import { applicationJobs } from "../monitored.ts";
import { recordingGroups } from "../recording.ts";
import { alertGroups, logAlertGroups } from "../render.ts";
import { checkRuleFile, type Found, type Known, type OwnAlert } from "./checks.ts";
import type { Language } from "./expression.ts";
import { readSource } from "./source.ts";

/** The user's rules: what to deploy, and what is wrong with them. */
export interface OwnRules {
  /** Rule files of Prometheus, relative to its config. */
  readonly files: readonly RenderedFile[];
  /** Rule files of Loki, as `renderLogRules` returns them. */
  readonly logFiles: readonly RenderedFile[];
  readonly alerts: readonly OwnAlert[];
  readonly problems: readonly Problem[];
  readonly warnings: readonly string[];
}

const key = "alerting.extraRules";
const none: OwnRules = { files: [], logFiles: [], alerts: [], problems: [], warnings: [] };

/** Maximum number of rule files in a folder. */
const mostFiles = 200;

/** Reads `alerting.extraRules`. A relative path is resolved against the project directory. */
export function ownRules(settings: Settings): OwnRules {
  const { enabled, extraRules: folder } = settings.alerting;
  if (!enabled || folder === undefined) return none;
  return readOwnRules(settings, resolve(import.meta.dirname, "../../..", folder));
}

/** Reads and checks a folder of rules for a stack. Rejected files are not in `files`. */
export function readOwnRules(settings: Settings, folder: string): OwnRules {
  const { files: metricFiles, problems: folderProblems, isReadable } = list(folder, true);
  const { files: logRuleFiles, problems: logProblems } = isReadable ? list(join(folder, "loki"), false) : nothing;
  const messages = [...folderProblems, ...logProblems];
  if (messages.length === 0 && metricFiles.length + logRuleFiles.length === 0)
    messages.push(`${folder} contains no rule files; add a .yml file`);
  if (metricFiles.length + logRuleFiles.length > mostFiles)
    messages.push(`${folder} contains more than ${mostFiles} rule files; merge some`);
  if (logRuleFiles.length > 0 && !hasLoki(settings)) {
    const off = settings.logs.enabled
      ? "logs.loki.enabled is false; enable Loki"
      : "logs.enabled is false; enable logs";
    messages.push(`${join(folder, "loki")} contains Loki rules, but ${off}, or remove them`);
  }
  const known = knownTo(settings);
  const found: Found[] = [];
  const convert = (files: readonly string[], language: Language, directory: string): RenderedFile[] =>
    files.slice(0, mostFiles).flatMap((file) => {
      const source = readSource(file);
      if ("problem" in source) {
        messages.push(`${file}${source.problem}`);
        return [];
      }
      const checked = checkRuleFile(file, source, language, known);
      found.push(checked);
      messages.push(...checked.problems);
      if (checked.problems.length > 0) return [];
      const name = file.slice(file.lastIndexOf("/") + 1);
      return [{ path: `${directory}/own-${name}`, content: toYaml(withBothPriorities(source.document)) }];
    });
  const files = convert(metricFiles, "PromQL", "rules");
  const logFiles = convert(logRuleFiles, "LogQL", "rules/fake");
  messages.push(...tooLarge(settings, folder, [files, logFiles]));
  return {
    files,
    logFiles,
    alerts: found.flatMap(({ alerts }) => alerts),
    problems: messages.map((message) => ({ path: key, message })),
    warnings: warningsOf(settings, found),
  };
}

interface Listing {
  readonly files: readonly string[];
  readonly problems: readonly string[];
  readonly isReadable: boolean;
}

const nothing: Listing = { files: [], problems: [], isReadable: false };

/** Rule files of a folder. Its tests (`*.test.yml`) are for `npm run check-rules`. */
function list(folder: string, isRequired: boolean): Listing {
  const problems: string[] = [];
  let names: string[];
  try {
    names = readdirSync(folder).sort();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!isRequired && code === "ENOENT") return nothing;
    const problem = code === "ENOTDIR" ? "is not a folder; use the path of a folder" : fileProblem(error);
    if (problem === undefined) throw error;
    return { ...nothing, problems: [`${folder} ${problem}${isRequired ? `, or remove ${key}` : ""}`] };
  }
  const files = names.flatMap((name) => {
    if (name.startsWith(".")) return [];
    if (name.endsWith(".yaml")) problems.push(`${join(folder, name)} is ignored; rename it to end in .yml`);
    if (!name.endsWith(".yml") || name.endsWith(".test.yml")) return [];
    // File names become ConfigMap keys.
    if (!/^[\w.-]{1,200}$/.test(name)) {
      problems.push(`${join(folder, name)} has an unsupported file name; use letters, digits, "-", "_" and "."`);
      return [];
    }
    return [join(folder, name)];
  });
  return { files, problems, isReadable: true };
}

function knownTo(settings: Settings): Known {
  const groups = [...recordingGroups(settings), ...alertGroups(settings), ...logAlertGroups(settings)];
  return {
    teams: Object.keys(settings.alerting.teams),
    groups: new Map(groups.map(({ name }) => [name, "a built-in group"])),
    alerts: new Map<string, string>(alertNames.map((name) => [name, "a built-in alert"])),
  };
}

/** Adds the missing label if only one of severity and priority is set; routes and dashboards need both. */
function withBothPriorities(document: unknown): object {
  const { groups } = document as { groups: { labels?: Labels; rules: { alert?: string; labels?: Labels }[] }[] };
  return {
    groups: groups.map((group) => ({
      ...group,
      rules: group.rules.map((rule) => {
        if (rule.alert === undefined) return rule;
        const { severity, priority } = { ...group.labels, ...rule.labels };
        const known = (Object.keys(priorities) as Severity[]).find(
          (each) => each === severity || priorities[each] === priority,
        );
        const both = known === undefined ? {} : { severity: known, priority: priorities[known] };
        return { ...rule, labels: { ...both, ...rule.labels } };
      }),
    })),
  };
}

type Labels = Readonly<Record<string, string>>;

function tooLarge(settings: Settings, folder: string, sets: readonly (readonly RenderedFile[])[]): string[] {
  const limit = traitsOf(settings).extraRulesLimit;
  return sets.flatMap((files) => {
    const size = Math.ceil(files.reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / 1024);
    return size > limit
      ? [`${folder} contains ${size} KiB of rules, but only ${limit} KiB fit into the ConfigMap; remove some`]
      : [];
  });
}

/**
 * Warns about metrics that are not known to be exposed. The user's own applications may expose them, so with such applications
 * only likely misspellings of known metrics are reported.
 */
function warningsOf(settings: Settings, found: readonly Found[]): string[] {
  const reads = found.flatMap((each) => each.reads);
  if (reads.length === 0) return [];
  const known = new Set([
    ...readFileSync(new URL("exposed-metrics.txt", import.meta.url), "utf8")
      .trim()
      .split("\n"),
    ...recordingGroups(settings).flatMap(({ rules }) =>
      rules.flatMap((rule) => ("record" in rule ? [rule.record] : [])),
    ),
    ...found.flatMap(({ recorded }) => recorded),
  ]);
  const first = new Map(reads.toReversed().map(({ metric, at }) => [metric, at]));
  const hasOwn =
    traitsOf(settings).discoversTargets ||
    applicationJobs(settings).some(({ job }) => !(services as readonly string[]).includes(job));
  return [...first]
    .filter(([metric]) => !known.has(metric))
    .sort(([, a], [, b]) => (a < b ? -1 : 1))
    .flatMap(([metric, at]) => {
      const near = nearest(metric, known);
      return near === undefined && hasOwn
        ? []
        : `${at} reads ${metric}, which nothing in this stack exposes${near === undefined ? "" : `; did you mean ${near}?`}`;
    });
}

function nearest(metric: string, known: ReadonlySet<string>): string | undefined {
  let best: { name: string; edits: number } | undefined;
  for (const name of known) {
    // The lengths differ too much for a close match.
    if (Math.abs(name.length - metric.length) > metric.length / 3) continue;
    const edits = editDistance(metric.slice(0, 200), name);
    if (edits <= metric.length / 3 && edits < (best?.edits ?? Number.POSITIVE_INFINITY)) best = { name, edits };
  }
  return best?.name;
}
