import type { Settings } from "../config/settings/schema.ts";
import { dashboards } from "./index.ts";
import type { Dashboard } from "./lib/dashboard.ts";
import type { Query } from "./lib/query.ts";
import type { LabelVariable, Variable } from "./lib/variables.ts";

/** A query for Prometheus or Loki, with Grafana variables replaced. */
export interface PanelQuery {
  /** Title of the dashboard. */
  readonly dashboard: string;
  /** Title of the panel, or "variable <name>" or "annotation <name>". */
  readonly panel: string;
  readonly datasource: "prometheus" | "loki";
  readonly expr: string;
  readonly kind: "range" | "instant";
  /** Why an empty result is valid. */
  readonly mayBeEmpty?: string;
  /** Why an empty result is valid for some services. */
  readonly onlySome?: string;
}

/** Selected values by variable. Other variables are set to "All" or their default. */
export type Choice = Readonly<Record<string, string>>;

/** Grafana's built-in variables, for the last hour and a scrape interval of 15 seconds. */
const builtIn: Choice = {
  __rate_interval: "1m",
  __interval: "15s",
  __auto: "1m",
  __range: "1h",
};

/** All queries of panels, annotations and variables. */
export function panelQueries(settings: Settings, choice: Choice = {}): PanelQuery[] {
  return dashboards(settings).flatMap((dashboard) => queriesOf(dashboard, choice));
}

/** The same for one dashboard. */
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

/** Grafana uses the label values endpoint; an equivalent query returns the same values. */
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
