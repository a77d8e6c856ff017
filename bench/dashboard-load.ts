import type { Dashboard } from "../dashboards/lib/dashboard.ts";
import { type PanelQuery, queriesOf } from "../dashboards/queries.ts";

/** Anything with the API of Prometheus. */
export interface QueryServer {
  get(path: string, parameters: Readonly<Record<string, string>>): Promise<unknown>;
}

/** Maximum concurrent requests of a browser to one host. */
const concurrency = 6;
/** Points per graph. */
const points = 1000;

/** Queries that Grafana sends concurrently for one panel. */
interface PanelLoad {
  readonly panel: string;
  readonly queries: readonly PanelQuery[];
}

/** Prometheus queries of a dashboard for a time range: variables first, then annotations and panels. Omits Loki queries. */
export function requests(dashboard: Dashboard, seconds: number): { variables: PanelLoad[]; panels: PanelLoad[] } {
  const step = stepOf(seconds);
  const choice = { __rate_interval: `${Math.max(60, step + 15)}s`, __range: `${seconds}s` };
  const byPanel = Map.groupBy(
    queriesOf(dashboard, choice).filter(({ datasource }) => datasource === "prometheus"),
    ({ panel }) => panel,
  );
  const all = [...byPanel].map(([panel, queries]) => ({ panel, queries }));
  const isVariable = ({ panel }: PanelLoad) => panel.startsWith("variable ");
  return { variables: all.filter(isVariable), panels: all.filter((each) => !isVariable(each)) };
}

function stepOf(seconds: number): number {
  return Math.max(15, Math.ceil(seconds / points / 15) * 15);
}

export async function sendQuery(
  server: QueryServer,
  { expr, kind }: PanelQuery,
  end: number,
  seconds: number,
): Promise<void> {
  await (kind === "range"
    ? server.get("query_range", {
        query: expr,
        start: String(end - seconds),
        end: String(end),
        step: String(stepOf(seconds)),
      })
    : server.get("query", { query: expr, time: String(end) }));
}

/** Loads a dashboard. Returns the duration in seconds, in total and by panel. */
export async function load(server: QueryServer, dashboard: Dashboard, end: number, seconds: number) {
  const { variables, panels } = requests(dashboard, seconds);
  const times = new Map<string, number>();
  const loadStart = performance.now();
  for (const loads of [variables, panels]) {
    const queue = [...loads];
    const worker = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const start = performance.now();
        await Promise.all(next.queries.map((query) => sendQuery(server, query, end, seconds)));
        times.set(next.panel, (performance.now() - start) / 1000);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
  }
  return { total: (performance.now() - loadStart) / 1000, panels: times };
}
