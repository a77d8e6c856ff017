import type { RecordingRule } from "./alert.ts";
import { targetLabels, valid } from "./expression.ts";

/** Range of recorded rates and quantiles. */
export const recordedWindow = "5m";

export const by = `by (${targetLabels})`;

/** Rate of a counter; the parentheses are those of an aggregation. */
export function rate(counter: string, window: string): string {
  return valid(`rate(${counter}[${window}])`);
}

/** Without the NaN of an empty histogram. */
export function quantile(value: number, histogram: string, window: string, labels = targetLabels): string {
  return valid(`histogram_quantile(${value}, sum by (${labels}, le) ${rate(`${histogram}_bucket`, window)})`);
}

export const rule = (record: string, expr: string): RecordingRule => ({ record, expr });
