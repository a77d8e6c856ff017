import type { Stage } from "./stage.ts";

/**
 * Sets the timestamp from an extracted value: RFC 3339 with any fraction and offset, Nginx's $time_local, or seconds or
 * milliseconds since the epoch. With any other value, the time of reading is kept.
 */
export function normaliseTimestamp(source: string): Stage[] {
  return [
    {
      stage: "timestamp",
      source,
      format: "RFC3339Nano",
      fallback_formats: ["2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "02/Jan/2006:15:04:05 -0700"],
    },
    // The collectors' "Unix" format treats any number as seconds, so the number of digits decides.
    { stage: "regex", source, expression: String.raw`^(?P<epoch_seconds>\d{9,10}(?:\.\d+)?)$` },
    { stage: "timestamp", source: "epoch_seconds", format: "Unix" },
    { stage: "regex", source, expression: String.raw`^(?P<epoch_milliseconds>\d{12,13})(?:\.\d+)?$` },
    { stage: "timestamp", source: "epoch_milliseconds", format: "UnixMs" },
  ];
}
