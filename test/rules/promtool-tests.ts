import type { AlertName } from "../../config/alerts/catalogue.ts";
import { type RenderedFile, toYaml } from "../../config/file.ts";
import type { Case, Check, Firing } from "./case.ts";

/** What is the same in every alert of a stack: where its links lead. */
export interface Links {
  readonly runbooks: string;
  readonly dashboards: string;
  /** Unset without traces. */
  readonly traces?: string;
}

/** Dashboards whose alerts are about services that send spans. */
const ofServices = ["white-room-application-performance", "white-room-objectives"];

/** Unit tests for promtool, one file a subject and step, since a file has one evaluation interval. */
export function promtoolTests(
  subjects: Readonly<Record<string, readonly Case[]>>,
  rules: readonly RenderedFile[],
  links: Links,
): RenderedFile[] {
  return Object.entries(subjects).flatMap(([subject, cases]) => {
    const steps = [...new Set(cases.map(stepOf))];
    return steps.map((step) => ({
      path: `${subject}-${step}.test.yml`,
      content: toYaml({
        rule_files: needed(cases, rules).map(({ path }) => path),
        evaluation_interval: step,
        group_eval_order: groupOrder,
        tests: cases.filter((each) => stepOf(each) === step).map((each) => toTest(each, links)),
      }),
    }));
  });
}

/** The files that define the alerts of these cases, and those that record what they read: promtool evaluates all it is given. */
function needed(cases: readonly Case[], rules: readonly RenderedFile[]): RenderedFile[] {
  const alerts = cases.flatMap((each) => [each.alert, ...each.checks.flatMap(({ alert }) => alert ?? [])]);
  const files = new Set(rules.filter(({ content }) => alerts.some((alert) => content.includes(`alert: ${alert}\n`))));
  const records = rules.filter(({ content }) => content.includes("- record: "));
  for (let size = 0; size < files.size; ) {
    size = files.size;
    const read = [...files].map(({ content }) => content).join();
    for (const file of records) {
      const names = [...file.content.matchAll(/record: (.*)/g)].map(([, name]) => name ?? "");
      if (names.some((name) => read.includes(name))) files.add(file);
    }
  }
  return rules.filter((file) => files.has(file));
}

/**
 * Recording rules before the rules that use them. Groups that are not named count as first, so all are; audio, business and
 * database are each a group of recordings and one of alerts, whose order stays open, as in a running Prometheus.
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
