import type { DataContextScopedVar, ScopedVars, TimeRange } from "@grafana/data";
import type { Variable } from "../shared/dashboard.ts";
import { fromRange } from "./range-words.ts";

/** The value for "All". */
export const all = "$__all";

/** A variable with its options and selected values. */
export interface Resolved {
  readonly variable: Variable;
  /** Selected values, or `[all]`. */
  readonly values: readonly string[];
  readonly options: readonly string[];
}

/** Values to replace in queries, titles and links. */
export interface Scope {
  readonly variables: ReadonlyMap<string, Resolved>;
  readonly range: TimeRange;
}

const names = /\$(\w+)|\$\{([\w.]+)(?:\[["'](\w+)["']\])?(?::(\w+))?\}/g;

/** Replaces variables in a Prometheus or Loki query. Lists become regular expressions; values are escaped. */
export function inQuery(text: string, scope: Scope, builtIn: Readonly<Record<string, string>> = {}): string {
  return text.replace(names, (match, short, long) => {
    const name = short ?? long;
    const resolved = scope.variables.get(name);
    return builtIn[name] ?? (resolved === undefined ? match : queryValue(resolved));
  });
}

function queryValue({ variable, values, options }: Resolved): string {
  if (values[0] === all) {
    if (variable.allValue !== undefined && variable.allValue !== "") return variable.allValue;
    return alternatives(options);
  }
  if (variable.multi === true || variable.includeAll === true) return alternatives(values);
  return (values[0] ?? "").replace(/["\\]/g, "\\$&");
}

/** Escapes twice: for the regular expression and for the string literal in the query. */
function alternatives(values: readonly string[]): string {
  const escaped = values.map((value) => value.replace(/[\\^$.*+?()[\]{}|]/g, "\\\\$&").replace(/"/g, '\\"'));
  return escaped.length === 1 ? (escaped[0] ?? "") : `(${escaped.join("|")})`;
}

/**
 * Replaces variables in a title or link, including those of data links (`__field.labels.x`, `__value.raw`). `format`
 * applies to variables without an explicit format.
 */
export function inText(text: string, scope: Scope, scoped: ScopedVars = {}, format?: unknown): string {
  return text.replace(names, (match, short, long, index, ownFormat) => {
    const name = index === undefined ? (short ?? long) : `${long}.${index}`;
    const wanted = ownFormat ?? (typeof format === "string" ? format : undefined);
    if (name === "__url_time_range") return new URLSearchParams(fromRange(scope.range)).toString();
    if (name === "__all_variables") return allParameters(scope);
    if (scope.variables.has(name)) {
      if (wanted === "queryparam") return parameter(scope, name);
      return encoded((scope.variables.get(name)?.values ?? []).join(","), wanted);
    }
    const value = dataValue(name, scoped);
    return value === undefined ? match : encoded(value, wanted);
  });
}

/** All variables as URL parameters. */
export function allParameters(scope: Scope): string {
  return [...scope.variables.keys()].map((name) => parameter(scope, name)).join("&");
}

function encoded(value: string, format: string | undefined): string {
  return format === "uriencode" || format === "percentencode" ? encodeURIComponent(value) : value;
}

function parameter({ variables }: Scope, name: string): string {
  const values = variables.get(name)?.values ?? [];
  return values.map((value) => `var-${name}=${encodeURIComponent(value)}`).join("&");
}

/** Value of a data link variable; empty for a missing label. */
function dataValue(name: string, scoped: ScopedVars): string | undefined {
  const context = (scoped["__dataContext"] as DataContextScopedVar | undefined)?.value;
  if (context === undefined) return undefined;
  const { field, frame, rowIndex, calculatedValue } = context;
  const raw = calculatedValue?.numeric ?? (rowIndex === undefined ? undefined : field?.values[rowIndex]);
  if (name === "__value.raw" || name === "__value.text" || name === "__value.numeric") return String(raw ?? "");
  if (name === "__value.time") return String(rowIndex === undefined ? "" : (frame?.fields[0]?.values[rowIndex] ?? ""));
  if (name === "__field.name") return field?.name ?? "";
  if (name === "__series.name") return frame?.name ?? "";
  const label = /^__field\.labels\.(\w+)$/.exec(name)?.[1];
  if (label !== undefined) return field?.labels?.[label] ?? "";
  const column = /^__data\.fields\.(\w+)$/.exec(name)?.[1];
  if (column === undefined || rowIndex === undefined) return undefined;
  return String(frame?.fields.find((each) => each.name === column)?.values[rowIndex] ?? "");
}
