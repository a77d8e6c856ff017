import { globSync } from "node:fs";
import { join } from "node:path";
import { parser as logql } from "@grafana/lezer-logql";
import { parser as promql } from "@prometheus-io/lezer-promql";
import { dashboardUids } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { seconds } from "../../config/settings/units.ts";
import { metricCatalogue } from "../../config/white-room/metrics.ts";
import type { Dashboard } from "../../dashboards/lib/dashboard.ts";
import type { Panel } from "../../dashboards/lib/panel.ts";
import { type PanelQuery, queriesOf } from "../../dashboards/queries.ts";
import { type Recorded, recordedIn, unknownMetrics, vainGroupings, vainMatchers } from "../rules/existence.ts";

interface Node {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly type: { readonly isError: boolean };
  readonly parent: Node | null;
  readonly firstChild: Node | null;
  readonly lastChild: Node | null;
  readonly nextSibling: Node | null;
  getChildren(name: string): Node[];
}

const root = join(import.meta.dirname, "../..");

/** Labels of log streams: a collector sets no other. */
const streamLabels = ["job", "service", "cluster", "env", "host", "level"];

/** Fixed ranges that a query may use, and how its panel's description must mention them. */
const statedRanges: Readonly<Record<string, RegExp>> = {
  "5m": /\b5 minutes\b/,
  "15m": /\b15 minutes\b/,
  "1h": /\bhour\b|\ban hour\b/,
  $__range: /\bselected time range\b|\bin the access log\b/,
};

/** All problems, each with its file and panel. */
export function lint(dashboards: readonly Dashboard[], settings: Settings): string[] {
  const recorded = recordedIn(settings);
  return [
    ...uids(dashboards),
    ...dashboards.flatMap((dashboard) => lintDashboard(dashboard, recorded)),
    ...computedTwice(dashboards),
  ];
}

function uids(dashboards: readonly Dashboard[]): string[] {
  const owners = new Map<string, Dashboard>();
  return dashboards.flatMap((dashboard) => {
    const uid = dashboardUids[dashboard.name];
    if (owners.has(uid)) return [`${fileOf(dashboard)}: has the uid "${uid}", which another dashboard has`];
    owners.set(uid, dashboard);
    return [];
  });
}

/** Source file of a dashboard. Its rows may be in a folder of the same name. */
function fileOf({ name }: Dashboard): string {
  const file = `${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`;
  return globSync([`dashboards/${file}`, `dashboards/white-room/${file}`], { cwd: root })[0] ?? `dashboards/${file}`;
}

function lintDashboard(dashboard: Dashboard, recorded: Recorded): string[] {
  const file = fileOf(dashboard);
  const panels = dashboard.rows.flatMap((row) => row.panels);
  const titles = panels.map(({ title }) => title);
  return [
    ...panels.flatMap((panel) => lintPanel(panel).map((problem) => `${file}, panel "${panel.title}": ${problem}`)),
    ...titles
      .filter((title, index) => titles.indexOf(title) !== index)
      .map((title) => `${file}, panel "${title}": another panel has the same title`),
    ...queriesOf(dashboard, {}).flatMap((query) =>
      lintQuery(query, recorded).map((problem) => `${file}, panel "${query.panel}": ${problem}`),
    ),
  ];
}

function lintPanel({ title, description, unit, queries, width, leadsToLogs }: Panel): string[] {
  const problems: string[] = [];
  const ofServices = queries.some(({ datasource, legend }) => datasource !== "loki" && legend?.includes("{{service}}"));
  if (ofServices && !leadsToLogs) problems.push("shows services and does not lead to their logs: set leadsToLogs");
  if (title === "") problems.push("has no title");
  if (!/^[A-Z0-9].{15,}[.:]$/s.test(description)) problems.push("has no description of whole sentences");
  if (unit === "") problems.push("has no unit");
  if (width < 4 || width > 24) problems.push(`is ${width} columns wide: from 4 to 24`);
  for (const { expr, legend, kind, table } of queries) {
    for (const [, window = ""] of expr.matchAll(/\[(\$?\w+)\]/g)) {
      if (window === "$__rate_interval" || window === "$__auto") {
        if (kind === "instant") problems.push(`looks back over [${window}] for one moment: state a range`);
      } else if (!statedRanges[window]?.test(description)) {
        problems.push(`looks back over [${window}], and its description does not say so`);
      }
    }
    if (legend === "" && !table) problems.push(`has a series without a name: ${expr}`);
  }
  return problems;
}

function lintQuery({ datasource, expr }: PanelQuery, recorded: Recorded): string[] {
  const nodes = nodesOf(datasource, expr);
  const broken = nodes.find((node) => node.type.isError);
  if (broken !== undefined) return [`does not parse at "${expr.slice(broken.from, broken.from + 20)}": ${expr}`];
  return datasource === "loki" ? lintLogQl(nodes, expr) : lintPromQl(nodes, expr, recorded);
}

function nodesOf(datasource: PanelQuery["datasource"], expr: string): Node[] {
  const nodes: Node[] = [];
  (datasource === "loki" ? logql : promql).parse(expr).iterate({
    enter(node) {
      nodes.push(node.node as unknown as Node);
      return undefined;
    },
  });
  return nodes;
}

function lintLogQl(nodes: readonly Node[], expr: string): string[] {
  const selectors = nodes.filter(({ name }) => name === "Selector").map(({ from, to }) => expr.slice(from, to));
  return selectors.flatMap((selector) => [
    ...(/\b(?:service|job)\s*=/.test(selector) ? [] : [`selects neither service nor job: ${selector}`]),
    ...[...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)]
      .map(([, label = ""]) => label)
      .filter((label) => !streamLabels.includes(label))
      .map((label) => `selects streams by ${label}, which is no label of theirs: ${selector}`),
  ]);
}

function lintPromQl(nodes: readonly Node[], expr: string, recorded: Recorded): string[] {
  const text = (node: Node) => expr.slice(node.from, node.to);
  const problems = [
    ...unknownMetrics(expr, recorded).map((metric) => `reads the unknown metric ${metric}`),
    ...vainMatchers(expr, recorded).map((matcher) => `selects what does not exist: ${matcher}`),
    ...vainGroupings(expr, recorded).map((label) => `groups by ${label}, which nothing it reads has`),
  ];
  for (const node of nodes) {
    if (node.name === "VectorSelector") problems.push(...lintSelector(node, text));
    if (node.name === "MatrixSelector" && isLong(text(node)))
      problems.push(`looks back over more than an hour: record ${text(node)}`);
    if (node.name === "AggregateExpr" && /^(?:avg|sum)\b/.test(text(node)) && isQuantile(text(node))) {
      problems.push(`adds up or averages quantiles: ${text(node)}`);
    }
    if (node.name === "FunctionCall" && text(node).startsWith("avg_over_time") && isQuantile(text(node))) {
      problems.push(`averages quantiles: ${text(node)}`);
    }
  }
  return [...new Set(problems)];
}

/** Whether a fixed range is longer than an hour. Ranges that the reader selects cannot be recorded. */
function isLong(selector: string): boolean {
  const window = /\[(\w+)\]$/.exec(selector)?.[1];
  return window !== undefined && seconds(window) > 3600;
}

/** Whether an aggregation takes quantiles as input. A quantile that is computed from the aggregation is outside of it. */
function isQuantile(aggregation: string): boolean {
  const inner = aggregation.slice(aggregation.indexOf("("));
  return /:p\d\d_|histogram_quantile|quantile="/.test(inner);
}

function lintSelector(node: Node, text: (node: Node) => string): string[] {
  const selector = text(node);
  const metric = /^[a-zA-Z_:][\w:]*/.exec(selector)?.[0];
  const problems: string[] = [];
  if (!/\b(?:service|job)(?:=~|!~|!=|=)"/.test(selector) && !metric?.startsWith("cluster")) {
    problems.push(`selects neither service nor job: ${selector}`);
  }
  if (metric !== undefined && isCounter(metric) && !isUnderRate(node, text)) {
    problems.push(`reads the counter ${metric} without rate or increase`);
  }
  return problems;
}

/** Gauges of both collectors that are named like counters. */
const gaugesCalledTotal = /_(?:file|read)_bytes_total$/;

/** Looks up White Room's own metrics in their catalogue; all others are counters if they are named like one. */
function isCounter(metric: string): boolean {
  if (metric.includes(":") || gaugesCalledTotal.test(metric)) return false;
  const family = metricCatalogue.find(
    ({ name }) => name === metric || metric.replace(/_(?:bucket|count|sum)$/, "") === name,
  );
  if (family !== undefined) return family.type !== "gauge";
  return /_(?:total|bucket|count|sum)$|^pg_stat_database_(?:xact|blks)_/.test(metric);
}

function isUnderRate(node: Node, text: (node: Node) => string): boolean {
  for (let above = node.parent; above !== null; above = above.parent) {
    // Counting series does not depend on their values.
    if (above.name === "AggregateExpr" && /^(?:count|group)\b/.test(text(above))) return true;
    if (above.name === "FunctionCall") return /^(?:rate|increase|resets|changes)\b/.test(text(above));
  }
  return false;
}

/** Expressions in more than one panel, which a rule should record. Ranges that the reader selects cannot be recorded. */
function computedTwice(dashboards: readonly Dashboard[]): string[] {
  const owners = new Map<string, Set<string>>();
  for (const dashboard of dashboards) {
    for (const { panel, datasource, expr } of queriesOf(dashboard, { __range: "$__range" })) {
      if (datasource === "loki") continue;
      const text = (node: Node) => expr.slice(node.from, node.to);
      for (const computed of nodesOf(datasource, expr)
        .filter((node) => isComputed(node, text))
        .map(text)) {
        const chosen = computed.replaceAll(/\b(?:cluster|service|instance)=~"\.[+*]"(?:, )?/g, "");
        owners.set(chosen, (owners.get(chosen) ?? new Set()).add(`${fileOf(dashboard)}, panel "${panel}"`));
      }
    }
  }
  return [...owners]
    .filter(([, panels]) => panels.size > 1)
    .map(([computed, panels]) => `${[...panels].join(" and ")} compute the same, record it: ${computed}`);
}

const arithmetic = ["Add", "Sub", "Mul", "Div"];

/** Functions over a range, and arithmetic between series. Selecting and summing series is cheap. */
function isComputed(node: Node, text: (node: Node) => string): boolean {
  if (node.name === "FunctionCall") return /^\w+\([^()]*\[(?!\$__range\])[^\]]+\]\)$/.test(text(node));
  if (node.name !== "BinaryExpr" || !arithmetic.some((name) => node.getChildren(name).length > 0)) return false;
  return [node.firstChild, node.lastChild].every((side) => side !== null && /[a-z_:]+\{/.test(text(side)));
}
