import { basename } from "node:path";
import { load } from "js-yaml";
import type { RuleGroup } from "../../config/alerts/alert.ts";
import { allLogRules, allRules } from "../../config/alerts/rule-files.ts";
import type { RenderedFile } from "../../config/file.ts";
import { lokiAddress, prometheusAddress } from "./addresses.ts";
import { ask, type Finding, type StackUnderTest } from "./finding.ts";

/** A rule group as listed by Prometheus or the Loki ruler. */
export interface RunningGroup {
  readonly file: string;
  readonly name?: string;
  /** Seconds. */
  readonly interval: number;
  /** Seconds. */
  readonly evaluationTime: number;
  readonly lastEvaluation: string;
  readonly rules: readonly { readonly name: string; readonly health: string; readonly lastError?: string }[];
}

/** Every rule group of Prometheus and the Loki ruler exists, was evaluated recently, and has no failed rule. */
export async function checkRules({ settings }: StackUnderTest): Promise<Finding[]> {
  const rulers = [
    { product: "prometheus", files: allRules(settings), url: `${prometheusAddress(settings)}/api/v1/rules` },
    { product: "loki", files: allLogRules(settings), url: `${lokiAddress(settings)}/prometheus/api/v1/rules` },
  ];
  const findings = rulers
    .filter(({ files }) => files.length > 0)
    .map(async ({ product, files, url }) => {
      const { data } = (await ask(url)) as { data: { groups: RunningGroup[] } };
      return groupFindings(product, files, data.groups, Date.now());
    });
  return (await Promise.all(findings)).flat();
}

/** Matches groups by file, because a recording and an alerting group may have the same name. */
export function groupFindings(
  product: string,
  files: readonly RenderedFile[],
  running: readonly RunningGroup[],
  now: number,
): Finding[] {
  return files
    .flatMap(({ path, content }) => groupsIn(content).map((group) => ({ ...group, file: basename(path) })))
    .map(({ file, name, isOnly, names }): Finding => {
      const what = `${product} ${file.replace(/\.yml$/, "")}${isOnly ? "" : ` ${name}`}`;
      const group = running.find((one) => basename(one.file) === file && (isOnly || one.name === name));
      if (group === undefined) return { state: "failed", what, detail: "not found" };
      const problem = groupProblem(names, group, now);
      return problem === undefined
        ? {
            state: "ok",
            what,
            detail: `${group.rules.length} rules in ${(group.evaluationTime * 1000).toFixed(1)} ms`,
          }
        : { state: "failed", what, detail: problem };
    });
}

function groupProblem(wanted: readonly string[], group: RunningGroup, now: number): string | undefined {
  const missing = wanted.filter((name) => !group.rules.some((rule) => rule.name === name));
  if (missing.length > 0) return `has no rule ${missing.join(", ")}; it runs with an earlier config`;
  const broken = group.rules.filter(({ health }) => health === "err");
  if (broken.length > 0) return broken.map(({ name, lastError }) => `${name}: ${lastError}`).join("; ");
  const age = (now - Date.parse(group.lastEvaluation)) / 1000;
  const late = !(age < 2 * group.interval + 5) || group.rules.some(({ health }) => health !== "ok");
  return late ? "has not been evaluated recently" : undefined;
}

/** Groups of a file, with the names of their rules. Built-in files have a single one. */
function groupsIn(content: string): { name: string; isOnly: boolean; names: string[] }[] {
  const { groups } = load(content) as { groups: readonly RuleGroup[] };
  return groups.map(({ name, rules }) => ({
    name,
    isOnly: groups.length === 1,
    names: rules.map((rule) => ("alert" in rule ? rule.alert : rule.record)),
  }));
}
