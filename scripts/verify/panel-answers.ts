import { datasourceUids } from "../../config/products/grafana/data-source-uids.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { PanelQuery } from "../../dashboards/queries.ts";
import { lokiAddress, prometheusAddress } from "./addresses.ts";
import { ask } from "./finding.ts";

export type Labels = Readonly<Record<string, string>>;

/** Time range of the queries in seconds; a stack that has run for five minutes must have data in it. */
const lookBack = 300;
const step = 15;

/** Runs a panel query against Prometheus or Loki and returns the labels of each series or stream. */
export async function answerOf(settings: Settings, { datasource, expr, kind }: PanelQuery): Promise<Labels[]> {
  const base = datasource === "loki" ? `${lokiAddress(settings)}/loki` : prometheusAddress(settings);
  const now = Math.floor(Date.now() / 1000);
  const parameters = new URLSearchParams(
    kind === "range"
      ? { query: expr, start: String(now - lookBack), end: String(now), step: String(step) }
      : { query: expr, time: String(now) },
  );
  const { data } = (await ask(`${base}/api/v1/${kind === "range" ? "query_range" : "query"}?${parameters}`)) as {
    data: { result: { metric?: Labels; stream?: Labels }[] };
  };
  return data.result.map(({ metric, stream }) => metric ?? stream ?? {});
}

/** Runs a panel query through Grafana's API and returns the number of non-empty frames. */
export async function countThroughGrafana(
  grafana: string,
  headers: Readonly<Record<string, string>>,
  { datasource, expr, kind }: PanelQuery,
): Promise<number> {
  const now = Date.now();
  const query = {
    refId: "A",
    datasource: { type: datasource, uid: datasourceUids[datasource] },
    expr,
    intervalMs: step * 1000,
    maxDataPoints: lookBack / step,
    ...(datasource === "loki" ? { queryType: kind } : { [kind]: true }),
  };
  const { results } = (await ask(`${grafana}/api/ds/query`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({ from: String(now - lookBack * 1000), to: String(now), queries: [query] }),
  })) as { results: Record<string, { error?: string; frames?: { data: { values: unknown[][] } }[] }> };
  const { error, frames = [] } = results["A"] ?? {};
  if (error !== undefined) throw new Error(`Grafana returned an error: ${error}`);
  return frames.filter(({ data }) => data.values.some((column) => column.length > 0)).length;
}
