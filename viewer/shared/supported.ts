import { type Dashboard, type Panel, panelsOf } from "./dashboard.ts";

/** Panel types that the viewer draws; `src/panels/index.tsx` has one component for each. */
export const panelTypes = [
  "bargauge",
  "dashlist",
  "logs",
  "piechart",
  "stat",
  "state-timeline",
  "table",
  "timeseries",
] as const;

export type PanelType = (typeof panelTypes)[number];

/** Transformations that the viewer registers: those in use. */
export const transformations = ["merge", "organize", "filterFieldsByName"] as const;

/** Variable types that the viewer resolves. */
const variableTypes = ["custom", "constant", "datasource", "query", "textbox"];

/** Units with a parameter: Grafana formats any text after the colon. */
const unitPrefixes = /^(prefix|suffix|time|si|count|currency|bool):/;

/** Decides whether a unit is one of Grafana's. */
export type KnowsUnit = (unit: string) => boolean;

/** What the viewer cannot show of a dashboard, each with its file and panel. Empty for every dashboard of this project. */
export function problemsOf(file: string, dashboard: Dashboard, knowsUnit: KnowsUnit): string[] {
  const problems = panelsOf(dashboard).flatMap((panel) =>
    problemsOfPanel(panel, knowsUnit).map((problem) => `${file}: panel "${panel.title}": ${problem}`),
  );
  for (const { name, type } of dashboard.templating?.list ?? []) {
    if (!variableTypes.includes(type)) {
      problems.push(`${file}: variable "${name}": unknown type "${type}"; known are ${variableTypes.join(", ")}`);
    }
  }
  return problems;
}

/** The same for one panel, without its name. */
export function problemsOfPanel(panel: Panel, knowsUnit: KnowsUnit): string[] {
  const problems: string[] = [];
  if (!(panelTypes as readonly string[]).includes(panel.type)) {
    problems.push(`unknown panel type "${panel.type}"; known are ${panelTypes.join(", ")}`);
  }
  for (const { id } of panel.transformations ?? []) {
    if (!(transformations as readonly string[]).includes(id)) {
      problems.push(`unknown transformation "${id}"; known are ${transformations.join(", ")}`);
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
