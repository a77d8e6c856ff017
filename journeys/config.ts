import { jsonpath } from "json-p3";
import { RE2JS } from "re2js";
import type { JourneyConfig } from "../config/products/journeys/journeys.ts";
import { compileCel } from "./expectations.ts";

/** Parses the config. Throws if it contains an invalid expression. */
export function parseConfig(text: string): JourneyConfig[] {
  const { journeys } = JSON.parse(text) as { journeys: JourneyConfig[] };
  for (const { expect = {}, save = {} } of journeys.flatMap(({ steps }) => steps)) {
    const { headers = {}, body = "", bodyNot = "", json } = expect;
    for (const expression of [...Object.values(headers), body, bodyNot]) RE2JS.compile(expression);
    if (json !== undefined) compileCel(json);
    for (const { json = "$" } of Object.values(save)) jsonpath.compile(json);
  }
  return journeys;
}
