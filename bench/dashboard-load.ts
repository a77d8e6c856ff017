import type { Dashboard } from "../dashboards/lib/dashboard.ts";
import { type PanelQuery, queriesOf } from "../dashboards/queries.ts";
import type { HistoryPrometheus } from "./history-prometheus.ts";

/** Requests that a browser has under way at one address. */
const atOnce = 6;
/** Points that a graph asks for. */
const points = 1000;

/** What Grafana asks for a panel at once. */
interface PanelLoad {
  readonly panel: string;
  readonly queries: readonly PanelQuery[];
}

/** A dashboard's requests over a time: its variables', then its annotations' and panels'. Those to Loki are left out. */
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

export async function ask(
  server: HistoryPrometheus,
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

/** Seconds until the last panel has its data, and those of each panel. */
export async function load(server: HistoryPrometheus, dashboard: Dashboard, end: number, seconds: number) {
  const { variables, panels } = requests(dashboard, seconds);
  const times = new Map<string, number>();
  const began = performance.now();
  for (const loads of [variables, panels]) {
    const waiting = [...loads];
    const worker = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const start = performance.now();
        await Promise.all(next.queries.map((query) => ask(server, query, end, seconds)));
        times.set(next.panel, (performance.now() - start) / 1000);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }
  return { whole: (performance.now() - began) / 1000, panels: times };
}
