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

/**
 * One sample every 10 minutes, in a group that is evaluated every minute: 90 days of samples of every minute would be 130,000
 * per series at every evaluation.
 */
export function everyTenMinutes(expression: string): string {
  return `${expression} and on () minute() % 10 == 0`;
}
