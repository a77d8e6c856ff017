import { duration, seconds } from "../../config/settings/units.ts";
import { UsageError } from "./usage-error.ts";

/** Seconds of an option with a duration. Throws UsageError if it is invalid or out of bounds. */
export function durationOption(option: string, value: string, bounds: { min?: string; max: string }): number {
  const { error } = duration(bounds).safeParse(value);
  if (error !== undefined) throw new UsageError(`${option} ${value} ${error.issues[0]?.message}`);
  return seconds(value);
}
