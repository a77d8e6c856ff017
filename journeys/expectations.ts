import assert from "node:assert/strict";
import { Environment } from "@marcbachmann/cel-js";
import { jsonpath } from "json-p3";
import { RE2JS } from "re2js";
import { type Dispatcher, parseCookie } from "undici";
import type { StepConfig } from "../config/products/journeys/journeys.ts";
import type { Scalar } from "../config/products/journeys/placeholders.ts";

export interface Response {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData["headers"];
  readonly body: string;
}

/** Throws if a response does not meet the expectations of a step. */
export function verify({ expect = {} }: StepConfig, response: Response): void {
  const { status, headers = {}, body, bodyNot, json } = expect;
  const accepted = status === undefined ? undefined : [status].flat();
  assert.ok(
    accepted?.includes(response.status) ?? (response.status >= 200 && response.status <= 299),
    `status ${response.status}, expected ${accepted?.join(" or ") ?? "200 to 299"}`,
  );
  for (const [name, expression] of Object.entries(headers)) {
    const value = headerOf(response, name).join(", ");
    assert.ok(matches(value, expression), `header ${name} does not match ${expression}`);
  }
  assert.ok(body === undefined || matches(response.body, body), `the body does not match ${body}`);
  assert.ok(bodyNot === undefined || !matches(response.body, bodyNot), `the body matches ${bodyNot}`);
  if (json !== undefined) assert.ok(isTrue(json, jsonOf(response)), `${json} is not true`);
}

type Source = NonNullable<StepConfig["save"]>[string];

/** The value that a step saves from a response for later steps. */
export function extract(name: string, source: Source, response: Response): Scalar {
  const value = find(source, response);
  const isScalar = value !== undefined && (typeof value !== "object" || value === null);
  assert.ok(isScalar, `cannot save ${name}: there is no ${Object.entries(source).flat().join(" ")}`);
  return value as Scalar;
}

function find({ json, header, cookie }: Source, response: Response): unknown {
  if (json !== undefined) return jsonpath.query(json, jsonOf(response)).nodes[0]?.value;
  if (header !== undefined) return headerOf(response, header)[0];
  const cookies = headerOf(response, "set-cookie").map(parseCookie);
  return cookies.find((parsed) => parsed?.name === cookie)?.value;
}

export function compileCel(expression: string) {
  return new Environment().registerVariable("body", "dyn").parse(expression);
}

function isTrue(expression: string, body: unknown): boolean {
  try {
    return compileCel(expression)({ body }) === true;
  } catch (error) {
    return assert.fail(`${expression} fails: ${(error as Error).message.split("\n")[0]}`);
  }
}

function matches(text: string, expression: string): boolean {
  return RE2JS.compile(expression).matcher(text).find();
}

function headerOf({ headers }: Response, name: string): string[] {
  return [headers[name.toLowerCase()] ?? []].flat();
}

function jsonOf({ body }: Response): Parameters<typeof jsonpath.query>[1] {
  try {
    return JSON.parse(body);
  } catch {
    return assert.fail("the body is not JSON");
  }
}
