import { oldestUsed } from "../../config/products/collector/timestamps.ts";
import type { PushedEntry } from "./receiver.ts";

export interface Reading {
  /** When the collector started, in milliseconds since the epoch. */
  readonly started: number;
  /** Age in seconds above which Loki rejects lines. */
  readonly oldestLine: number;
}

/** Formats an entry as Loki would store it. */
export function printed({ time, labels, metadata, text }: PushedEntry, reading: Reading): string {
  const note = noteOn(time, reading);
  return [
    `time      ${rfc3339(time)}${note === undefined ? "" : ` (${note})`}`,
    `labels    ${pairs(labels)}`,
    ...(Object.keys(metadata).length > 0 ? [`metadata  ${pairs(metadata)}`] : []),
    `text      ${text.replaceAll("\n", `\n${" ".repeat(10)}`)}`,
    "",
  ].join("\n");
}

/** Formats an entry as a line of JSON. */
export function toJsonLine({ time, ...entry }: PushedEntry, reading: Reading): string {
  const note = noteOn(time, reading);
  return JSON.stringify({ time: rfc3339(time), ...(note !== undefined && { note }), ...entry });
}

function noteOn(time: bigint, { started, oldestLine }: Reading): string | undefined {
  const milliseconds = Number(time / 1_000_000n);
  if (milliseconds >= started) return "time of reading";
  if (started - milliseconds < oldestUsed(oldestLine) * 1_000) return undefined;
  return "too old for Loki: stored with the time of reading";
}

function pairs(values: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(values).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${sorted.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(", ")}}`;
}

/** Formats a time in RFC 3339, without trailing zeros in the fraction. */
function rfc3339(nanoseconds: bigint): string {
  const seconds = nanoseconds / 1_000_000_000n;
  const fraction = String(nanoseconds % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  const whole = new Date(Number(seconds) * 1_000).toISOString().slice(0, 19);
  return `${whole}${fraction === "" ? "" : `.${fraction}`}Z`;
}
