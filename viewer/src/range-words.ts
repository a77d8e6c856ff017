import type { TimeRange } from "@grafana/data";

/** A time range in the words of Grafana's URLs: "now-1h", or milliseconds since 1970. */
export function fromRange({ raw }: Pick<TimeRange, "raw">): { from: string; to: string } {
  return { from: word(raw.from), to: word(raw.to) };
}

function word(raw: TimeRange["raw"]["from"]): string {
  return typeof raw === "string" ? raw : String(raw.valueOf());
}
