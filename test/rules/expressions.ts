import { parser } from "@prometheus-io/lezer-promql";
import { load } from "js-yaml";
import type { AlertingRule, RecordingRule, RuleGroup } from "../../config/alerts/alert.ts";
import type { RenderedFile } from "../../config/file.ts";
import type { Matcher } from "../recordings/known-series.ts";

export interface Selector {
  /** Empty if the selector has only matchers, such as `{job="x"}`. */
  readonly metric: string;
  readonly labels: readonly Matcher[];
}

/** What an expression reads. */
export interface Reads {
  readonly selectors: readonly Selector[];
  /** Labels of `by`, `without`, `on` and `ignoring`. */
  readonly grouping: readonly string[];
  /** Durations of range selectors, such as "5m". */
  readonly ranges: readonly string[];
  readonly functions: readonly string[];
}

/** Parses an expression with the grammar of Prometheus' web UI. Throws if it does not parse. */
export function read(expression: string): Reads {
  const selectors: { metric: string; labels: { name: string; operator: string; value: string }[] }[] = [];
  const grouping: string[] = [];
  const ranges: string[] = [];
  const functions: string[] = [];
  const text = (node: { from: number; to: number }) => expression.slice(node.from, node.to);
  parser.parse(expression).iterate({
    enter(node) {
      if (node.type.isError) {
        throw new Error(`does not parse at "${expression.slice(node.from, node.from + 20)}": ${expression}`);
      }
      if (node.name === "VectorSelector") {
        const name = node.node.firstChild;
        selectors.push({ metric: name?.name === "Identifier" ? text(name) : "", labels: [] });
      }
      if (node.name === "UnquotedLabelMatcher") {
        const [name, operator, value] = children(node.node).map(text);
        selectors.at(-1)?.labels.push({ name: name ?? "", operator: operator ?? "", value: JSON.parse(value ?? '""') });
      }
      if (node.name === "GroupingLabels") grouping.push(...children(node.node).map(text));
      if (node.name === "MatrixSelector") ranges.push(text(node.node.lastChild ?? node));
      if (node.name === "FunctionIdentifier") functions.push(text(node));
      return undefined;
    },
  });
  return { selectors, grouping, ranges, functions };
}

function children<Node extends { firstChild: Node | null; nextSibling: Node | null }>(parent: Node): Node[] {
  const found: Node[] = [];
  for (let child = parent.firstChild; child !== null; child = child.nextSibling) found.push(child);
  return found;
}

export function rulesOf(files: readonly RenderedFile[]): (AlertingRule | RecordingRule)[] {
  return groupsOf(files).flatMap(({ rules }) => rules);
}

export function groupsOf(files: readonly RenderedFile[]): RuleGroup[] {
  return files.flatMap(({ content }) => (load(content) as { groups: RuleGroup[] }).groups);
}

export function isAlert(rule: AlertingRule | RecordingRule): rule is AlertingRule {
  return "alert" in rule;
}
