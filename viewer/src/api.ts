import type { Dashboard } from "../shared/dashboard.ts";

/** A failed query. `absent` is the name of a data source that the stack does not have. */
export class QueryError extends Error {
  readonly absent: string | undefined;

  constructor(message: string, absent?: string) {
    super(message);
    this.absent = absent;
  }
}

export interface DashboardSummary {
  readonly uid: string;
  readonly title: string;
  readonly tags: readonly string[];
}

/** The stack as described by the server. */
export interface Stack {
  readonly dashboards: readonly DashboardSummary[];
  readonly problems: readonly string[];
  readonly sources: readonly string[];
  /** Default scrape interval, such as "15s". */
  readonly scrapeInterval: string;
  /** Whether the server notifies pages of changed dashboards. */
  readonly reloads: boolean;
}

export async function loadStack(): Promise<Stack> {
  return (await read(await fetch("/api/dashboards"))) as Stack;
}

export async function loadDashboard(uid: string): Promise<Dashboard> {
  return (await read(await fetch(`/api/dashboards/${encodeURIComponent(uid)}`))) as Dashboard;
}

/** Queries Prometheus or Loki and returns `data` of the response. Uses POST, because queries are long. Throws QueryError. */
export async function query(path: string, parameters: Readonly<Record<string, string>>, signal?: AbortSignal) {
  const body = new URLSearchParams(parameters);
  return answer(await fetch(`/api/${path}`, { method: "POST", body, ...(signal && { signal }) }));
}

/** Like {@link query}, for paths that accept only GET. */
export async function get(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown> {
  return answer(await fetch(`/api/${path}?${new URLSearchParams(parameters)}`));
}

interface Answer {
  readonly status?: string;
  readonly error?: string;
  readonly absent?: string;
  readonly data?: unknown;
}

async function answer(response: Response): Promise<unknown> {
  const { status, error, absent, data } = (await read(response)) as Answer;
  if (status !== "success") throw new QueryError(error ?? "The data source returned no error message.", absent);
  return data;
}

/** Loki reports errors as plain text. */
async function read(response: Response): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    throw new QueryError(text.trim().slice(0, 300) || `HTTP ${response.status}`);
  }
}
