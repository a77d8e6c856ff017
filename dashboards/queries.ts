import type { Settings } from "../config/settings/schema.ts";
import { dashboards } from "./index.ts";
import type { Dashboard } from "./lib/dashboard.ts";
import type { Query } from "./lib/query.ts";
import type { LabelVariable, Variable } from "./lib/variables.ts";

/** A query as Prometheus or Loki takes it, with every variable of Grafana's replaced. */
export interface PanelQuery {
  /** Title of the dashboard. */
  readonly dashboard: string;
  /** Title of the panel; for others "variable <name>" and "annotation <name>". */
  readonly panel: string;
  readonly datasource: "prometheus" | "loki";
  readonly expr: string;
  readonly kind: "range" | "instant";
  /** Why it may rightly return nothing. */
  readonly mayBeEmpty?: string;
  /** Why it may rightly return nothing for one service, though not for all. */
  readonly onlySome?: string;
}

/** What a reader chose, by variable; what is left out is at "All" or at its default. */
export type Choice = Readonly<Record<string, string>>;

/** Grafana's own variables, for a look at the last hour with a scrape interval of 15 seconds. */
const builtIn: Choice = {
  __rate_interval: "1m",
  __interval: "15s",
  __auto: "1m",
  __range: "1h",
};

/** Every query of every panel, annotation and variable. */
export function panelQueries(settings: Settings, choice: Choice = {}): PanelQuery[] {
  return dashboards(settings).flatMap((dashboard) => queriesOf(dashboard, choice));
}

/** The same of one dashboard. */
export function queriesOf(dashboard: Dashboard, choice: Choice): PanelQuery[] {
  const { title, rows, annotations, variables } = dashboard;
  const values = { ...builtIn, ...defaults(variables), ...choice };
  const written = (panel: string, { datasource, expr, kind, mayBeEmpty }: Query, onlySome?: string): PanelQuery => ({
    dashboard: title,
    panel,
    datasource,
    expr: replaceVariables(expr, values),
    kind,
    ...(mayBeEmpty !== undefined && { mayBeEmpty }),
    ...(onlySome !== undefined && { onlySome }),
  });
  return [
    ...rows.flatMap(({ panels }) =>
      panels.flatMap((panel) => panel.queries.map((query) => written(panel.title, query, panel.onlySome))),
    ),
    ...annotations.map(({ name, query, onlySome }) => written(`annotation ${name}`, query, onlySome)),
    ...variables.flatMap((variable) =>
      variable.kind === "label" ? [written(`variable ${variable.name}`, labelQuery(variable))] : [],
    ),
  ];
}

function defaults(variables: readonly Variable[]): Choice {
  return Object.fromEntries(
    variables.flatMap((variable): [string, string][] => {
      if (variable.kind === "label") return [[variable.name, variable.all]];
      return variable.kind === "text" ? [[variable.name, variable.value]] : [];
    }),
  );
}

/** Grafana asks for a label's values at an address of their own; a query that returns them shows the same. */
function labelQuery({ datasource, label, selector }: LabelVariable): Query {
  const expr =
    datasource === "loki"
      ? `sum by (${label}) (count_over_time(${selector}[5m]))`
      : `group by (${label}) (${selector})`;
  return { datasource, expr, kind: "instant" };
}

function replaceVariables(expr: string, values: Choice): string {
  return expr.replaceAll(/\$(\w+)/g, (variable, name: string) => values[name] ?? variable);
}
