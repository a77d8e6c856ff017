import type { TimeRange } from "@grafana/data";

/** Formats a time range for Grafana's URLs: "now-1h" or Unix milliseconds. */
export function fromRange({ raw }: Pick<TimeRange, "raw">): { from: string; to: string } {
  return { from: format(raw.from), to: format(raw.to) };
}

function format(raw: TimeRange["raw"]["from"]): string {
  return typeof raw === "string" ? raw : String(raw.valueOf());
}
