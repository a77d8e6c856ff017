/** One query of a panel. Data source and expression are all that running it needs. */
export interface Query {
  readonly datasource: "prometheus" | "loki";
  readonly expr: string;
  /** Over the dashboard's time, or for its end alone. */
  readonly kind: "range" | "instant";
  /** Name of a series, with labels as {{label}}. */
  readonly legend?: string;
  /** Labels become columns. */
  readonly table?: true;
  readonly maxLines?: number;
  /** Why it may rightly return nothing. The panel shows it in the place of "No data". */
  readonly mayBeEmpty?: string;
}

/** PromQL over the dashboard's time. */
export function range(expr: string, legend: string): Query {
  return { datasource: "prometheus", expr, kind: "range", legend };
}

/** PromQL for the end of the dashboard's time. */
export function instant(expr: string, legend: string): Query {
  return { datasource: "prometheus", expr, kind: "instant", legend };
}

/** PromQL for the end of the dashboard's time, a row a series. */
export function rows(expr: string): Query {
  return { datasource: "prometheus", expr, kind: "instant", table: true };
}

/** LogQL that counts, over the dashboard's time. */
export function logRange(expr: string, legend: string): Query {
  return { datasource: "loki", expr, kind: "range", legend };
}

/** LogQL that counts, for the end of the dashboard's time. */
export function logInstant(expr: string, legend: string): Query {
  return { datasource: "loki", expr, kind: "instant", legend };
}

/** LogQL that returns lines, the newest first. */
export function logLines(expr: string, maxLines: number): Query {
  return { datasource: "loki", expr, kind: "range", maxLines };
}

export function mayBeEmpty(reason: string, query: Query): Query {
  return { ...query, mayBeEmpty: reason };
}
