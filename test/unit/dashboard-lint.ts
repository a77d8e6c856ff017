import { parser as logql } from "@grafana/lezer-logql";
import { parser as promql } from "@prometheus-io/lezer-promql";
import { dashboardUids } from "../../config/links.ts";
import type { Dashboard } from "../../dashboards/lib/dashboard.ts";
import type { Panel } from "../../dashboards/lib/panel.ts";
import { type PanelQuery, queriesOf } from "../../dashboards/queries.ts";

/** What a metric is, and the labels it has beside its target's; undefined labels are not known. */
export interface KnownMetric {
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "untyped";
  readonly labels?: readonly string[];
}

export interface Knowledge {
  readonly metrics: ReadonlyMap<string, KnownMetric>;
  /** Whether a name must be in `metrics`; others are judged only where they are. */
  readonly judges: (metric: string) => boolean;
}

interface Node {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly type: { readonly isError: boolean };
  readonly parent: Node | null;
  readonly firstChild: Node | null;
  readonly nextSibling: Node | null;
  getChildren(name: string): Node[];
}

/** Labels that every series has from its target, or from the rule that recorded it. */
const targetLabels = ["job", "instance", "service", "cluster", "env"];

/** Ranges that a query may fix, and the words by which its panel's description says so. */
const statedRanges: Readonly<Record<string, RegExp>> = {
  "5m": /\b5 minutes\b/,
  "15m": /\b15 minutes\b/,
  "1h": /\bhour\b|\ban hour\b/,
  "6h": /\b6 hours\b/,
  "24h": /\b24 hours\b/,
  $__range: /\btime chosen above\b|\bin the access log\b/,
};

/** Everything that is wrong, each with the file and the panel it is in. */
export function lint(dashboards: readonly Dashboard[], knowledge: Knowledge): string[] {
  return [...uids(dashboards), ...dashboards.flatMap((dashboard) => lintDashboard(dashboard, knowledge))];
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

/** The source of a dashboard; what it has of rows lies in a folder of the same name. */
function fileOf({ name }: Dashboard): string {
  return `dashboards/${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`;
}

function lintDashboard(dashboard: Dashboard, knowledge: Knowledge): string[] {
  const file = fileOf(dashboard);
  const panels = dashboard.rows.flatMap((row) => row.panels);
  const titles = panels.map(({ title }) => title);
  return [
    ...panels.flatMap((panel) => lintPanel(panel).map((problem) => `${file}, panel "${panel.title}": ${problem}`)),
    ...titles
      .filter((title, index) => titles.indexOf(title) !== index)
      .map((title) => `${file}, panel "${title}": another panel has the same title`),
    ...queriesOf(dashboard, {}).flatMap((query) =>
      lintQuery(query, knowledge).map((problem) => `${file}, panel "${query.panel}": ${problem}`),
    ),
  ];
}

function lintPanel({ title, description, unit, queries, width }: Panel): string[] {
  const problems: string[] = [];
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

function lintQuery({ datasource, expr }: PanelQuery, knowledge: Knowledge): string[] {
  const tree = (datasource === "loki" ? logql : promql).parse(expr);
  const nodes: Node[] = [];
  tree.iterate({
    enter(node) {
      nodes.push(node.node as unknown as Node);
      return undefined;
    },
  });
  const broken = nodes.find((node) => node.type.isError);
  if (broken !== undefined) return [`does not parse at "${expr.slice(broken.from, broken.from + 20)}": ${expr}`];
  return datasource === "loki" ? lintLogQl(nodes, expr) : lintPromQl(nodes, expr, knowledge);
}

function lintLogQl(nodes: readonly Node[], expr: string): string[] {
  return nodes
    .filter(({ name }) => name === "Selector")
    .map(({ from, to }) => expr.slice(from, to))
    .filter((selector) => !/\b(?:service|job)\s*=/.test(selector))
    .map((selector) => `selects neither service nor job: ${selector}`);
}

function lintPromQl(nodes: readonly Node[], expr: string, { metrics, judges }: Knowledge): string[] {
  const problems: string[] = [];
  const text = (node: Node) => expr.slice(node.from, node.to);
  for (const node of nodes) {
    if (node.name === "VectorSelector") problems.push(...lintSelector(node, text, metrics, judges));
    if (node.name === "AggregateExpr" && /^(?:avg|sum)\b/.test(text(node)) && isQuantile(text(node))) {
      problems.push(`adds up or averages quantiles: ${text(node)}`);
    }
    if (node.name === "FunctionCall" && text(node).startsWith("avg_over_time") && isQuantile(text(node))) {
      problems.push(`averages quantiles: ${text(node)}`);
    }
  }
  return problems;
}

/** A quantile that is put into an aggregation; one that is computed of an aggregation stands outside of it. */
function isQuantile(aggregation: string): boolean {
  const inner = aggregation.slice(aggregation.indexOf("("));
  return /:p\d\d_|histogram_quantile|quantile="/.test(inner);
}

function lintSelector(
  node: Node,
  text: (node: Node) => string,
  metrics: Knowledge["metrics"],
  judges: Knowledge["judges"],
): string[] {
  const selector = text(node);
  const metric = /^[a-zA-Z_:][\w:]*/.exec(selector)?.[0];
  const labels = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)"/g)].map(([, label = ""]) => label);
  const problems: string[] = [];
  if (!labels.some((label) => label === "service" || label === "job") && !metric?.startsWith("cluster")) {
    problems.push(`selects neither service nor job: ${selector}`);
  }
  if (metric === undefined) return problems;
  const known = metrics.get(metric);
  if (known === undefined && judges(metric)) problems.push(`reads the unknown metric ${metric}`);
  for (const label of known?.labels === undefined ? [] : labels) {
    if (![...targetLabels, ...(known?.labels ?? [])].includes(label)) {
      problems.push(`reads the label ${label}, which ${metric} has not`);
    }
  }
  if (isCounter(metric, known) && !isUnderRate(node, text)) {
    problems.push(`reads the counter ${metric} without rate or increase`);
  }
  return problems;
}

/** Gauges of both collectors whose names end as those of counters. */
const gaugesCalledTotal = /_(?:file|read)_bytes_total$/;

function isCounter(metric: string, known: KnownMetric | undefined): boolean {
  if (metric.includes(":") || gaugesCalledTotal.test(metric)) return false;
  if (known !== undefined && known.type !== "untyped")
    return known.type === "counter" || /_(?:bucket|count|sum)$/.test(metric);
  return /_(?:total|bucket|count|sum)$|^pg_stat_database_(?:xact|blks)_/.test(metric);
}

function isUnderRate(node: Node, text: (node: Node) => string): boolean {
  for (let above = node.parent; above !== null; above = above.parent) {
    // Counting series says nothing of their values.
    if (above.name === "AggregateExpr" && /^(?:count|group)\b/.test(text(above))) return true;
    if (above.name === "FunctionCall") return /^(?:rate|increase|resets|changes)\b/.test(text(above));
  }
  return false;
}
