import { duration, seconds } from "../../config/settings/units.ts";
import { WrongWords } from "./wrong-words.ts";

/** Seconds of an option with a duration. Throws WrongWords if it is invalid or out of bounds. */
export function durationOption(option: string, value: string, bounds: { min?: string; max: string }): number {
  const { error } = duration(bounds).safeParse(value);
  if (error !== undefined) throw new WrongWords(`${option} ${value} ${error.issues[0]?.message}`);
  return seconds(value);
}
