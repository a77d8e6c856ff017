import { readFileSync } from "node:fs";
import { Environment } from "@marcbachmann/cel-js";
import { jsonpath } from "json-p3";
import { RE2JS } from "re2js";
import type { JourneyConfig, StepConfig } from "../config/products/journeys/journeys.ts";

type Compiled = (body: unknown) => unknown;

/** A step with its compiled expectations and paths. */
export interface Step extends Omit<StepConfig, "expect" | "save"> {
  readonly statuses: readonly number[] | undefined;
  readonly body: Pattern | undefined;
  readonly bodyNot: Pattern | undefined;
  readonly json: { readonly written: string; readonly holds: Compiled } | undefined;
  readonly headers: readonly { readonly name: string; readonly pattern: Pattern }[];
  readonly save: readonly Saving[];
}

export interface Pattern {
  readonly written: string;
  readonly matches: (text: string) => boolean;
}

/** Where a saved value comes from. */
export type Saving = { readonly name: string } & (
  | { readonly from: "json"; readonly path: string; readonly find: Compiled }
  | { readonly from: "header" | "cookie"; readonly key: string }
);

export interface Journey extends Omit<JourneyConfig, "steps"> {
  readonly steps: readonly Step[];
  /** Changes with the config of the journey. */
  readonly identity: string;
}

/** Reads and compiles the config. Throws if it is not one that the stack has rendered. */
export function readConfig(path: string): Journey[] {
  const { journeys } = JSON.parse(readFileSync(path, "utf8")) as { journeys: readonly JourneyConfig[] };
  return journeys.map((journey) => ({
    ...journey,
    steps: journey.steps.map(compiled),
    identity: JSON.stringify(journey),
  }));
}

function compiled({ expect = {}, save = {}, ...step }: StepConfig): Step {
  const { status, body, bodyNot, json, headers = {} } = expect;
  return {
    ...step,
    statuses: status === undefined ? undefined : [status].flat(),
    body: body === undefined ? undefined : pattern(body),
    bodyNot: bodyNot === undefined ? undefined : pattern(bodyNot),
    json: json === undefined ? undefined : { written: json, holds: expression(json) },
    headers: Object.entries(headers).map(([name, written]) => ({ name, pattern: pattern(written) })),
    save: Object.entries(save).map(([name, source]): Saving => {
      const { json, header, cookie = "" } = source;
      if (json !== undefined) return { name, from: "json", path: json, find: query(json) };
      if (header !== undefined) return { name, from: "header", key: header.toLowerCase() };
      return { name, from: "cookie", key: cookie };
    }),
  };
}

function pattern(written: string): Pattern {
  const expression = RE2JS.compile(written);
  return { written, matches: (text) => expression.matcher(text).find() };
}

function expression(written: string): Compiled {
  const evaluate = new Environment().registerVariable("body", "dyn").parse(written);
  return (body) => evaluate({ body });
}

function query(path: string): Compiled {
  const compiled = jsonpath.compile(path);
  return (body) => compiled.query(body as Parameters<typeof compiled.query>[0]).nodes[0]?.value;
}
