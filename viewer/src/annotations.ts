import type { GrafanaTheme2 } from "@grafana/data";
import type { Annotation, Dashboard } from "../shared/dashboard.ts";
import { query } from "./api.ts";
import { type Matrix, withLabels } from "./frames.ts";
import { inQuery, type Scope } from "./scope.ts";
import { intervals, stepOf } from "./time.ts";

/** An annotation to draw in every graph. */
export interface Mark {
  /** Unix milliseconds. */
  readonly time: number;
  readonly color: string;
  readonly title: string;
  readonly text: string;
}

/** Maximum number of points per annotation query. */
const resolution = 500;

/** Loads the annotations of a dashboard. Ignores failed queries: the panels show the error. */
export async function loadMarks(
  { annotations }: Dashboard,
  scope: Scope,
  scrapeInterval: string,
  theme: GrafanaTheme2,
) {
  const enabled = (annotations?.list ?? []).filter(({ enable, expr }) => enable !== false && expr !== undefined);
  const marks = await Promise.allSettled(enabled.map((each) => marksOf(each, scope, scrapeInterval, theme)));
  return marks.flatMap((result) => (result.status === "fulfilled" ? result.value : []));
}

async function marksOf(
  annotation: Annotation,
  scope: Scope,
  scrapeInterval: string,
  theme: GrafanaTheme2,
): Promise<Mark[]> {
  const { range } = scope;
  const step = stepOf(range, resolution, scrapeInterval);
  const { result } = (await query("prometheus/api/v1/query_range", {
    query: inQuery(annotation.expr ?? "", scope, intervals(range, step, scrapeInterval, false)),
    start: String(range.from.unix()),
    end: String(range.to.unix()),
    step: String(step),
    limit: "200",
  })) as Matrix;
  const color = theme.visualization.getColorByName(annotation.iconColor ?? "red");
  return result.flatMap(({ metric, values }) => {
    const times = values.map(([time, value]) => (annotation.useValueForTime === true ? Number(value) : time * 1000));
    return [...new Set(times)]
      .filter((time) => time >= range.from.valueOf() && time <= range.to.valueOf())
      .map((time) => ({
        time,
        color,
        title: withLabels(annotation.titleFormat ?? annotation.name, metric),
        text: withLabels(annotation.textFormat ?? "", metric).trim(),
      }));
  });
}
