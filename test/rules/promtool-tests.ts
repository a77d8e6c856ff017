import type { AlertName } from "../../config/alerts/catalogue.ts";
import { type RenderedFile, toYaml } from "../../config/file.ts";
import type { Case, Check, Firing } from "./case.ts";
import { groupsOf, isAlert } from "./expressions.ts";

/** Base URLs of the links in a stack's alerts. */
export interface Links {
  readonly runbooks: string;
  readonly dashboards: string;
  /** Unset without traces. */
  readonly traces?: string;
}

/** Dashboards whose alerts are about services that send spans. */
const ofServices = ["white-room-application-performance", "white-room-objectives"];

/** A test file for promtool. */
export interface TestFile {
  readonly path: string;
  /** This file and the rules it needs. */
  readonly files: readonly RenderedFile[];
}

/** Unit tests for promtool: one file per subject and step, because a file has only one evaluation interval. */
export function promtoolTests(
  subjects: Readonly<Record<string, readonly Case[]>>,
  rules: readonly RenderedFile[],
  links: Links,
): TestFile[] {
  return Object.entries(subjects).flatMap(([subject, all]) =>
    [...new Set(all.map(stepOf))].map((step) => {
      const cases = all.filter((each) => stepOf(each) === step);
      const ruleFiles = needed(cases, rules);
      const path = `${subject}-${step}.test.yml`;
      const content = toYaml({
        rule_files: ruleFiles.map((file) => file.path),
        evaluation_interval: step,
        group_eval_order: groupOrder,
        tests: cases.map((each) => toTest(each, links)),
      });
      return { path, files: [...ruleFiles, { path, content }] };
    }),
  );
}

/**
 * Only the rules of these alerts, and the recording rules that they read, because promtool evaluates every rule at each step.
 */
function needed(cases: readonly Case[], files: readonly RenderedFile[]): RenderedFile[] {
  const alerts = new Set<string>(
    cases.flatMap(({ alert, checks }) => [alert, ...checks.flatMap((check) => check.alert ?? [])]),
  );
  const groups = files.map((file) => groupsOf([file]));
  const rules = groups.flat().flatMap((group) => group.rules);
  const found = new Set(rules.filter((rule) => isAlert(rule) && alerts.has(rule.alert)));
  const addRecords = (expression: string) => {
    for (const rule of rules) if (!isAlert(rule) && expression.includes(rule.record)) found.add(rule);
  };
  for (const { nothingRecorded = "" } of cases) addRecords(nothingRecorded);
  // Also visits the rules that it adds.
  for (const { expr } of found) addRecords(expr);
  return files.flatMap(({ path }, index) => {
    const kept =
      groups[index]?.map((group) => ({ ...group, rules: group.rules.filter((rule) => found.has(rule)) })) ?? [];
    return kept.some((group) => group.rules.length > 0) ? [{ path, content: toYaml({ groups: kept }) }] : [];
  });
}

/**
 * Recording rules before the rules that use them. All groups are listed, because promtool evaluates the others first. audio,
 * business and database each name two groups, of recordings and of alerts: their order is undefined, as in Prometheus.
 */
const groupOrder = [
  "system",
  "http",
  "budget",
  "ffi",
  "trends",
  "delivery",
  "volumes",
  "planned",
  "audio",
  "business",
  "infrastructure",
  "application",
  "database",
  "security",
  "monitoring",
  "kubernetes",
];

function stepOf({ step = "15s" }: Case): string {
  return step;
}

function toTest(each: Case, links: Links): object {
  return {
    name: `${each.alert} ${each.proves}: ${each.name}`,
    interval: stepOf(each),
    input_series: Object.entries(each.series).map(([series, values]) => ({ series, values })),
    alert_rule_test: each.checks.map((check) => expectation(check, check.alert ?? each.alert, links)),
    ...(each.nothingRecorded !== undefined && {
      promql_expr_test: [{ expr: each.nothingRecorded, eval_time: each.checks.at(-1)?.at, exp_samples: [] }],
    }),
  };
}

function expectation({ at, firing }: Check, alertname: AlertName, links: Links): object {
  return {
    eval_time: at,
    alertname,
    exp_alerts: firing.map((each) => ({
      exp_labels: each.labels,
      exp_annotations: annotations(each, alertname, links),
    })),
  };
}

function annotations({ labels, summary, description, dashboard }: Firing, alert: AlertName, links: Links): object {
  return {
    summary,
    description,
    runbook_url: `${links.runbooks}/${alert}.md`,
    dashboard_url: `${links.dashboards}/d/${dashboard}`,
    ...(links.traces !== undefined &&
      ofServices.includes(dashboard) && { traces_url: `${links.traces}/search?service=${labels["service"]}` }),
  };
}
