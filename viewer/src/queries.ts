import type { DataFrame, TimeRange } from "@grafana/data";
import type { Panel, Target } from "../shared/dashboard.ts";
import { query } from "./api.ts";
import { type LogLine, type Matrix, rangeFrames, tableFrame, toLogLines, type Vector, vectorFrames } from "./frames.ts";
import { inQuery, type Scope } from "./scope.ts";
import { intervals, stepOf } from "./time.ts";

/** Maximum number of series per query. Thousands of series freeze the browser. */
export const maxSeries = 500;

/** Results of a panel's queries. */
export interface PanelData {
  readonly frames: DataFrame[];
  readonly lines: readonly LogLine[];
  /** A warning for the user, such as truncated results. */
  readonly notice?: string;
}

export interface QueryContext {
  readonly scope: Scope;
  /** Width of the panel in pixels; limits the number of points. */
  readonly width: number;
  readonly scrapeInterval: string;
  readonly signal: AbortSignal;
}

/** Runs all queries of a panel. Throws if one fails, as in Grafana. */
export async function runQueries(panel: Panel, context: QueryContext): Promise<PanelData> {
  const targets = (panel.targets ?? []).filter(({ hide }) => hide !== true);
  if (panel.type === "logs") {
    const lines = (await Promise.all(targets.map((target) => runLogs(target, panel, context)))).flat();
    return { frames: [], lines };
  }
  const results = await Promise.all(targets.map((target) => runMetrics(target, panel, context)));
  const capped = results.some(({ capped }) => capped);
  return {
    frames: results.flatMap(({ frames }) => frames),
    lines: [],
    ...(capped && { notice: `A query returned more than ${maxSeries} series; the first ${maxSeries} are shown.` }),
  };
}

const isLoki = ({ datasource }: Target, panel: Panel) => (datasource ?? panel.datasource)?.type === "loki";

async function runMetrics(target: Target, panel: Panel, { scope, width, scrapeInterval, signal }: QueryContext) {
  const { range } = scope;
  const instant = target.instant === true || target.queryType === "instant";
  const step = stepOf(range, width, scrapeInterval);
  const expr = inQuery(target.expr, scope, intervals(range, step, scrapeInterval, instant));
  const base = isLoki(target, panel) ? "loki/loki/api/v1" : "prometheus/api/v1";
  // Loki already limits queries to 500 series.
  const limit: Record<string, string> = isLoki(target, panel) ? {} : { limit: String(maxSeries + 1) };
  const end = range.to.unix();
  if (instant) {
    const { result } = (await query(`${base}/query`, { query: expr, time: String(end), ...limit }, signal)) as Vector;
    const [series, capped] = cap(result);
    const several = (panel.targets?.length ?? 0) > 1 || isLoki(target, panel);
    const table = target.format === "table" || panel.type === "table";
    const value = several ? `Value #${target.refId}` : "Value";
    return { frames: table ? [tableFrame(target, series, end, value)] : vectorFrames(target, series, expr), capped };
  }
  const grid = alignedGrid(range, step);
  const times = { start: String(grid.start), end: String(grid.end), step: String(step) };
  const { result } = (await query(`${base}/query_range`, { query: expr, ...times, ...limit }, signal)) as Matrix;
  const [series, capped] = cap(result);
  return { frames: rangeFrames(target, series, expr, { ...grid, step }), capped };
}

function cap<T>(result: readonly T[]): [readonly T[], boolean] {
  return result.length > maxSeries ? [result.slice(0, maxSeries), true] : [result, false];
}

/** Aligns the range to the step, so that points do not move on refresh. */
function alignedGrid(range: TimeRange, step: number): { start: number; end: number } {
  const aligned = (time: number) => Math.floor(time / step) * step;
  return { start: aligned(range.from.unix()), end: aligned(range.to.unix()) };
}

async function runLogs(target: Target, panel: Panel, { scope, signal }: QueryContext): Promise<LogLine[]> {
  const { range } = scope;
  const ascending = panel.options?.["sortOrder"] === "Ascending";
  const data = await query(
    "loki/loki/api/v1/query_range",
    {
      query: inQuery(target.expr, scope, intervals(range, 60, "15s", false)),
      start: `${range.from.valueOf()}000000`,
      end: `${range.to.valueOf()}000000`,
      limit: String(target.maxLines ?? 1000),
      direction: "backward",
    },
    signal,
  );
  return toLogLines(data, ascending);
}
