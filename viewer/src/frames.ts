import { createDataFrame, type DataFrame, type Field, FieldType } from "@grafana/data";
import type { Target } from "../shared/dashboard.ts";

type Sample = readonly [time: number, value: string];
export type Labels = Readonly<Record<string, string>>;

export interface Vector {
  readonly result: readonly { readonly metric: Labels; readonly value: Sample }[];
}

export interface Matrix {
  readonly result: readonly { readonly metric: Labels; readonly values: readonly Sample[] }[];
}

export interface LogLine {
  /** Unique ID, because lines can be identical. */
  readonly id: number;
  /** Unix nanoseconds, as returned by Loki. */
  readonly time: string;
  readonly text: string;
  readonly labels: Labels;
}

/** Evaluation times of a range query, in Unix seconds. */
export interface Grid {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

/** One frame per series. Missing samples are null, so that graphs show gaps. */
export function rangeFrames(target: Target, result: Matrix["result"], expr: string, grid: Grid): DataFrame[] {
  const times: number[] = [];
  for (let time = grid.start; time <= grid.end; time += grid.step) times.push(time);
  return result.map(({ metric, values }) => {
    const samples = new Map(values.map(([time, value]) => [Math.round(time), value]));
    const name = seriesName(target, metric, expr);
    return createDataFrame({
      refId: target.refId,
      name,
      fields: [
        timeField(
          times.map((time) => time * 1000),
          grid.step,
        ),
        valueField(
          name,
          metric,
          times.map((time) => drawable(samples.get(time))),
        ),
      ],
    });
  });
}

/** One frame per series, with one row. */
export function vectorFrames(target: Target, result: Vector["result"], expr: string): DataFrame[] {
  return result.map(({ metric, value: [time, value] }) => {
    const name = seriesName(target, metric, expr);
    return createDataFrame({
      refId: target.refId,
      name,
      fields: [timeField([time * 1000]), valueField(name, metric, [toNumber(value)])],
    });
  });
}

/** One frame with a row per series and a column per label. */
export function tableFrame(target: Target, result: Vector["result"], time: number, value: string): DataFrame {
  const labels = [...new Set(result.flatMap(({ metric }) => Object.keys(metric)))].sort();
  return createDataFrame({
    refId: target.refId,
    fields: [
      timeField(result.map(() => time * 1000)),
      ...labels.map((label) => ({
        name: label,
        type: FieldType.string,
        config: { filterable: true },
        values: result.map(({ metric }) => metric[label] ?? ""),
      })),
      { name: value, type: FieldType.number, config: {}, values: result.map((each) => toNumber(each.value[1])) },
    ],
  });
}

/** Log lines of all streams, sorted by time. */
export function toLogLines(data: unknown, ascending: boolean): LogLine[] {
  const { result } = data as { result: readonly { stream: Labels; values: readonly (readonly [string, string])[] }[] };
  const lines = result.flatMap(({ stream, values }) => values.map(([time, text]) => ({ time, text, labels: stream })));
  // Compare as strings: nanoseconds exceed the precision of a number, but have the same number of digits.
  lines.sort((one, other) => (one.time < other.time ? 1 : one.time > other.time ? -1 : 0));
  if (ascending) lines.reverse();
  return lines.map((line, id) => ({ ...line, id }));
}

function timeField(values: number[], step?: number): Partial<Field> & { name: string; values: number[] } {
  return { name: "Time", type: FieldType.time, config: step === undefined ? {} : { interval: step * 1000 }, values };
}

function valueField(name: string, labels: Labels, values: (number | null)[]) {
  return { name: "Value", type: FieldType.number, labels: { ...labels }, config: { displayNameFromDS: name }, values };
}

/** A finite number, else null: NaN and infinities cannot be drawn. */
function drawable(value: string | undefined): number | null {
  const number = value === undefined ? Number.NaN : toNumber(value);
  return Number.isFinite(number) ? number : null;
}

function toNumber(value: string): number {
  return value === "+Inf" || value === "-Inf" ? (value === "+Inf" ? Infinity : -Infinity) : Number(value);
}

/** Series name in the legend, formatted like in Grafana's Prometheus data source. */
export function seriesName({ legendFormat }: Target, labels: Labels, expr: string): string {
  if (legendFormat !== undefined && legendFormat !== "" && legendFormat !== "__auto")
    return withLabels(legendFormat, labels);
  const { __name__: name = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name || expr : `${name}{${pairs.join(", ")}}`;
}

/** Replaces `{{label}}` with the value of the label. */
export function withLabels(format: string, labels: Labels): string {
  return format.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? "");
}
