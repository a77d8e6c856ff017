import { type Dashboard, type Panel, panelsOf } from "./dashboard.ts";

/** Supported panel types; `src/panels/index.ts` has one component for each. */
export const panelTypes = [
  "bargauge",
  "dashlist",
  "heatmap",
  "logs",
  "piechart",
  "stat",
  "state-timeline",
  "table",
  "timeseries",
] as const;

export type PanelType = (typeof panelTypes)[number];

/** Supported transformations: those used by the dashboards. */
export const transformations = ["merge", "organize", "filterFieldsByName"] as const;

/** Supported variable types. */
const variableTypes = ["custom", "constant", "datasource", "query", "textbox"];

/** Units with a parameter, which can be any text. */
const unitPrefixes = /^(prefix|suffix|time|si|count|currency|bool):/;

/** Whether Grafana has a unit. */
export type KnowsUnit = (unit: string) => boolean;

/** Unsupported features of a dashboard, each with file and panel. */
export function problemsOf(file: string, dashboard: Dashboard, knowsUnit: KnowsUnit): string[] {
  const problems = panelsOf(dashboard).flatMap((panel) =>
    problemsOfPanel(panel, knowsUnit).map((problem) => `${file}: panel "${panel.title}": ${problem}`),
  );
  for (const { name, type } of dashboard.templating?.list ?? []) {
    if (!variableTypes.includes(type)) {
      problems.push(`${file}: variable "${name}": unsupported type "${type}"; supported: ${variableTypes.join(", ")}`);
    }
  }
  return problems;
}

/** Unsupported features of a panel. */
export function problemsOfPanel(panel: Panel, knowsUnit: KnowsUnit): string[] {
  const problems: string[] = [];
  if (!(panelTypes as readonly string[]).includes(panel.type)) {
    problems.push(`unsupported panel type "${panel.type}"; supported: ${panelTypes.join(", ")}`);
  }
  for (const { id } of panel.transformations ?? []) {
    if (!(transformations as readonly string[]).includes(id)) {
      problems.push(`unsupported transformation "${id}"; supported: ${transformations.join(", ")}`);
    }
  }
  for (const unit of unitsOf(panel)) {
    if (!unitPrefixes.test(unit) && !knowsUnit(unit)) problems.push(`unknown unit "${unit}"`);
  }
  return problems;
}

function unitsOf({ fieldConfig }: Panel): string[] {
  const overrides = fieldConfig?.overrides.flatMap(({ properties }) => properties) ?? [];
  const units = [fieldConfig?.defaults.unit, ...overrides.filter(({ id }) => id === "unit").map(({ value }) => value)];
  return [...new Set(units.filter((unit) => typeof unit === "string" && unit !== ""))] as string[];
}
