import { bundle } from "../../bundle.ts";

/** The runner of the journeys in one file. */
export function journeyBundle(): string {
  const sources = ["journeys", "config/products/journeys", "config/settings/secret-words.ts"];
  return bundle({ name: "journeys", entry: "journeys/main.ts", sources });
}
