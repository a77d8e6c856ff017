import { dateTime, rangeUtil, type TimeRange } from "@grafana/data";

/** Grafana's time range from the words of a URL: "now-1h", or milliseconds since 1970. */
export function toRange(from: string, to: string): TimeRange {
  return rangeUtil.convertRawToRange({ from: instant(from), to: instant(to) });
}

function instant(word: string) {
  return /^\d+$/.test(word) ? dateTime(Number(word)) : word;
}

/** Moves a range by half of its length, or widens it to twice; the result is absolute. */
export function shifted(range: TimeRange, by: "back" | "forward" | "out"): TimeRange {
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const half = (to - from) / 2;
  const start = by === "forward" ? from + half : from - half;
  const end = by === "back" ? to - half : to + half;
  return toRange(String(Math.round(start)), String(Math.round(end)));
}

/** Seconds between the points of a graph so wide, never below the scrape interval; Grafana's own rounding. */
export function stepOf(range: TimeRange, width: number, scrapeInterval: string): number {
  const { intervalMs } = rangeUtil.calculateInterval(range, Math.max(50, Math.round(width)), scrapeInterval);
  return Math.max(1, Math.round(intervalMs / 1000));
}

/** Seconds in the form of a Prometheus duration. */
export function duration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** Variables that Grafana replaces in queries. */
export function intervals(range: TimeRange, step: number, scrapeInterval: string, instant: boolean) {
  const scrape = Math.round(rangeUtil.intervalToSeconds(scrapeInterval));
  const length = Math.max(1, Math.round((range.to.valueOf() - range.from.valueOf()) / 1000));
  return {
    __interval: duration(step),
    __interval_ms: String(step * 1000),
    __rate_interval: duration(Math.max(step + scrape, 4 * scrape)),
    __range: duration(length),
    __range_s: String(length),
    __auto: duration(instant ? length : step),
  };
}
