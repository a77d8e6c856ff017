import { dateTime, rangeUtil, type TimeRange } from "@grafana/data";

/** Parses a time range from URL parameters: "now-1h" or Unix milliseconds. */
export function toRange(from: string, to: string): TimeRange {
  return rangeUtil.convertRawToRange({ from: instant(from), to: instant(to) });
}

function instant(text: string) {
  return /^\d+$/.test(text) ? dateTime(Number(text)) : text;
}

/** Moves a range by half its length, or doubles its length. Returns an absolute range. */
export function shifted(range: TimeRange, by: "back" | "forward" | "out"): TimeRange {
  const [from, to] = [range.from.valueOf(), range.to.valueOf()];
  const half = (to - from) / 2;
  const start = by === "forward" ? from + half : from - half;
  const end = by === "back" ? to - half : to + half;
  return toRange(String(Math.round(start)), String(Math.round(end)));
}

/** Query step in seconds for a width in pixels, at least the scrape interval. Rounds like Grafana. */
export function stepOf(range: TimeRange, width: number, scrapeInterval: string): number {
  const { intervalMs } = rangeUtil.calculateInterval(range, Math.max(50, Math.round(width)), scrapeInterval);
  return Math.max(1, Math.round(intervalMs / 1000));
}

/** Formats seconds as a Prometheus duration. */
export function duration(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

/** Grafana's built-in query variables. */
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
