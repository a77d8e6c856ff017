import type { TimeRange } from "@grafana/data";
import type { Dashboard, Variable } from "../shared/dashboard.ts";
import { get, QueryError } from "./api.ts";
import { all, inQuery, type Resolved, type Scope } from "./scope.ts";

/** Maximum number of options per variable. Other values can be typed. */
const maxOptions = 1000;

/** Resolves variables in order, because later ones can refer to earlier ones. `chosen` has the values from the URL. */
export async function resolveVariables(
  { templating }: Dashboard,
  range: TimeRange,
  chosen: ReadonlyMap<string, readonly string[]>,
): Promise<Scope> {
  const variables = new Map<string, Resolved>();
  for (const variable of templating?.list ?? []) {
    const options = await optionsOf(variable, { variables, range });
    variables.set(variable.name, { variable, options, values: valuesOf(variable, options, chosen.get(variable.name)) });
  }
  return { variables, range };
}

function valuesOf(variable: Variable, options: readonly string[], chosen: readonly string[] | undefined): string[] {
  const current = chosen ?? [variable.current?.value ?? variable.query ?? ""].flat();
  if (variable.type === "textbox" || variable.type === "datasource" || variable.type === "constant")
    return [current[0] ?? ""];
  if (current.includes(all) && variable.includeAll === true) return [all];
  const kept = current.filter((value) => value !== "" && value !== all);
  if (kept.length > 0) return variable.multi === true ? kept : kept.slice(0, 1);
  return variable.includeAll === true ? [all] : options.slice(0, 1);
}

/** Options of a variable; empty if the data source fails. The panels show the error. */
async function optionsOf(variable: Variable, scope: Scope): Promise<string[]> {
  if (variable.type === "custom") return (variable.query ?? "").split(",").map((value) => value.trim());
  if (variable.type !== "query") return [];
  try {
    return (await labelValues(variable, scope)).slice(0, maxOptions);
  } catch (error) {
    if (error instanceof QueryError || error instanceof TypeError) return [];
    throw error;
  }
}

/** Runs `label_values(selector, label)` or `label_values(label)`, the two forms that Grafana's editor writes. */
async function labelValues({ query = "", datasource }: Variable, scope: Scope): Promise<string[]> {
  const [, selector, label = ""] = /^label_values\((?:(.*),)?\s*(\w+)\s*\)$/s.exec(query) ?? [];
  if (label === "") throw new QueryError(`unsupported variable query: ${query}`);
  const { from, to } = scope.range;
  const time = { start: String(from.unix()), end: String(to.unix()) };
  const matcher = selector === undefined ? undefined : inQuery(selector, scope);
  const values =
    datasource?.type === "loki"
      ? await get(`loki/loki/api/v1/label/${label}/values`, { ...time, ...(matcher && { query: matcher }) })
      : await get(`prometheus/api/v1/label/${label}/values`, { ...time, ...(matcher && { "match[]": matcher }) });
  return ((values ?? []) as string[]).toSorted();
}
