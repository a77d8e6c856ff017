/** A panel query. */
export interface Query {
  readonly datasource: "prometheus" | "loki";
  readonly expr: string;
  /** Range or instant query. */
  readonly kind: "range" | "instant";
  /** Legend format, with labels as {{label}}. */
  readonly legend?: string;
  /** Returns a table with labels as columns. */
  readonly table?: true;
  /** Also returns exemplars, where traces are on. */
  readonly exemplars?: true;
  /** Returns cumulative buckets as those of a heat map. */
  readonly heatMap?: true;
  readonly maxLines?: number;
  /** Why an empty result is valid; shown instead of "No data". */
  readonly mayBeEmpty?: string;
}

/** PromQL range query. */
export function range(expr: string, legend: string): Query {
  return { datasource: "prometheus", expr, kind: "range", legend };
}

/** PromQL instant query. */
export function instant(expr: string, legend: string): Query {
  return { datasource: "prometheus", expr, kind: "instant", legend };
}

/** PromQL instant query, one table row per series. */
export function rows(expr: string): Query {
  return { datasource: "prometheus", expr, kind: "instant", table: true };
}

/** LogQL metric range query. */
export function logRange(expr: string, legend: string): Query {
  return { datasource: "loki", expr, kind: "range", legend };
}

/** LogQL metric instant query. */
export function logInstant(expr: string, legend: string): Query {
  return { datasource: "loki", expr, kind: "instant", legend };
}

/** LogQL log query, newest lines first. */
export function logLines(expr: string, maxLines: number): Query {
  return { datasource: "loki", expr, kind: "range", maxLines };
}

/** Adds links to individual traces. */
export function withExemplars(query: Query): Query {
  return { ...query, exemplars: true };
}

export function mayBeEmpty(reason: string, query: Query): Query {
  return { ...query, mayBeEmpty: reason };
}
