import type { RecordingRule } from "./alert.ts";
import { targetLabels, valid } from "./expression.ts";

/** Range of recorded rates and quantiles. */
export const recordedWindow = "5m";

export const by = `by (${targetLabels})`;

/** Rate of a counter, in parentheses, so that an aggregation can precede it. */
export function rate(counter: string, window: string): string {
  return valid(`rate(${counter}[${window}])`);
}

/** Quantile of a histogram, without the NaN of an empty one. */
export function quantile(value: number, histogram: string, window: string, labels = targetLabels): string {
  return valid(`histogram_quantile(${value}, sum by (${labels}, le) ${rate(`${histogram}_bucket`, window)})`);
}

export const rule = (record: string, expr: string): RecordingRule => ({ record, expr });

/**
 * One sample per period, in a group that is evaluated every minute. Rules over long ranges read these samples: with one per
 * minute, 90 days would be 130,000 per series at every evaluation. If the group itself were evaluated once per period, its
 * other rules would have no value most of the time.
 */
export function every(period: "10m" | "1h" | "6h", expression: string): string {
  const times = {
    "10m": "minute() % 10 == 0",
    "1h": "minute() == 0",
    "6h": "minute() == 0 and on () hour() % 6 == 0",
  };
  return `${expression} and on () ${times[period]}`;
}
