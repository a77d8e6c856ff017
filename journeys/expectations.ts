import { Environment } from "@marcbachmann/cel-js";
import { jsonpath } from "json-p3";
import { RE2JS } from "re2js";
import { parseCookie } from "undici";
import type { StepConfig } from "../config/products/journeys/journeys.ts";
import type { Scalar } from "../config/products/journeys/placeholders.ts";

export interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Why a step failed. */
export class StepError extends Error {
  readonly response: Response | undefined;

  constructor(message: string, response?: Response) {
    super(message);
    this.response = response;
  }
}

/** What is wrong with a response, or nothing. */
export type Check = (response: Response) => string | undefined;

/** Compiles the expectations of a step. */
export function checksOf({ status, headers = {}, body, bodyNot, json }: NonNullable<StepConfig["expect"]>): Check[] {
  const accepted = status === undefined ? undefined : [status].flat();
  const hasStatus: Check = (response) =>
    (accepted?.includes(response.status) ?? (response.status >= 200 && response.status <= 299))
      ? undefined
      : `status ${response.status}, expected ${accepted?.join(" or ") ?? "200 to 299"}`;
  return [
    hasStatus,
    ...Object.entries(headers).map(([name, written]) => {
      const matches = pattern(written);
      return (response: Response) =>
        matches(headerOf(response, name).join(", ")) ? undefined : `header ${name} does not match ${written}`;
    }),
    ...(body === undefined ? [] : [bodyCheck(body, true)]),
    ...(bodyNot === undefined ? [] : [bodyCheck(bodyNot, false)]),
    ...(json === undefined ? [] : [jsonCheck(json)]),
  ];
}

function bodyCheck(written: string, wanted: boolean): Check {
  const matches = pattern(written);
  return ({ body }) =>
    matches(body) === wanted ? undefined : `the body ${wanted ? "does not match" : "matches"} ${written}`;
}

function jsonCheck(written: string): Check {
  const evaluate = new Environment().registerVariable("body", "dyn").parse(written);
  return (response) => {
    const body = jsonOf(response);
    try {
      return evaluate({ body }) === true ? undefined : `${written} is not true`;
    } catch (error) {
      return `${written} fails: ${(error as Error).message.split("\n")[0]}`;
    }
  };
}

/** Extracts a value for later steps from a response. */
export type Save = (response: Response) => readonly [name: string, value: Scalar];

/** Compiles what a step saves. */
export function savesOf(save: NonNullable<StepConfig["save"]>): Save[] {
  return Object.entries(save).map(([name, source]) => {
    const [[from = "", key = ""] = []] = Object.entries(source);
    const find = finder(source);
    return (response) => {
      const value = find(response);
      if (value === undefined || (typeof value === "object" && value !== null))
        throw new StepError(`cannot save ${name}: there is no ${from} ${key}`, response);
      return [name, value as Scalar];
    };
  });
}

function finder({ json, header, cookie }: NonNullable<StepConfig["save"]>[string]): (response: Response) => unknown {
  if (json !== undefined) {
    const path = jsonpath.compile(json);
    return (response) => path.query(jsonOf(response)).nodes[0]?.value;
  }
  if (header !== undefined) return (response) => headerOf(response, header)[0];
  return (response) =>
    headerOf(response, "set-cookie")
      .map((line) => parseCookie(line))
      .find((parsed) => parsed?.name === cookie)?.value;
}

function pattern(written: string): (text: string) => boolean {
  const expression = RE2JS.compile(written);
  return (text) => expression.matcher(text).find();
}

function headerOf({ headers }: Response, name: string): string[] {
  return [headers[name.toLowerCase()] ?? []].flat();
}

function jsonOf(response: Response): Parameters<typeof jsonpath.query>[1] {
  try {
    return JSON.parse(response.body);
  } catch {
    throw new StepError("the body is not JSON", response);
  }
}
