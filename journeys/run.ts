import { randomBytes } from "node:crypto";
import { Agent, request } from "undici";
import { filled, filledJson, isWhole } from "../config/products/journeys/placeholders.ts";
import type { Journey, Step } from "./config.ts";
import { type Response, StepError } from "./expectations.ts";
import { mask, maskedBody } from "./mask.ts";
import { Values } from "./values.ts";

/** A body above this size fails the step: the heap of the runner is bounded. */
const mostBytes = 1_048_576;

export interface StepResult {
  readonly step: string;
  readonly seconds: number;
}

export interface Run {
  readonly traceId: string;
  readonly seconds: number;
  /** The steps that ran; all but the last succeeded. */
  readonly steps: readonly StepResult[];
  readonly failure?: Failure;
}

export interface Failure {
  readonly step: string;
  /** Without secrets, as is the body. */
  readonly reason: string;
  readonly status?: number;
  readonly body?: string;
}

/** Runs the steps in order until one fails. Rejects only if `stop` is aborted. */
export async function runJourney(journey: Journey, secretDirectory: string, stop: AbortSignal): Promise<Run> {
  const traceId = randomBytes(16).toString("hex");
  const values = new Values(journey, secretDirectory, traceId);
  const origins = new Set(journey.steps.map(({ request: { url } }) => originOf(url)));
  const agent = newAgent(journey);
  const deadline = AbortSignal.timeout(journey.timeout * 1_000);
  const started = performance.now();
  const secondsSince = (start: number) => (performance.now() - start) / 1_000;
  const steps: StepResult[] = [];
  let failure: Failure | undefined;
  let url = "";
  try {
    for (const step of journey.steps) {
      const begun = performance.now();
      try {
        url = urlOf(step, values, url, origins);
        const signal = AbortSignal.any([deadline, AbortSignal.timeout(step.timeout * 1_000), stop]);
        const response = await send(step, url, values, traceId, { dispatcher: agent, signal });
        for (const check of step.checks) {
          const wrong = check(response);
          if (wrong !== undefined) throw new StepError(wrong, response);
        }
        for (const save of step.saves) values.save(...save(response));
      } catch (error) {
        stop.throwIfAborted();
        const { response } = error instanceof StepError ? error : {};
        failure = {
          step: step.name,
          reason: mask(reasonOf(error as Error, deadline.aborted ? journey : step), values.hidden),
          ...(response && { status: response.status, body: maskedBody(response.body, values.hidden) }),
        };
      }
      steps.push({ step: step.name, seconds: secondsSince(begun) });
      if (failure !== undefined) break;
    }
  } finally {
    await agent.destroy();
  }
  return { traceId, seconds: secondsSince(started), steps, ...(failure && { failure }) };
}

/** New connections for each run, so that it also sees what a new visitor sees: DNS, connect, and the TLS handshake. */
function newAgent({ tls: { ca, serverName: servername, insecureSkipVerify } }: Journey): Agent {
  return new Agent({
    connect: { ...(ca && { ca }), ...(servername && { servername }), rejectUnauthorized: !insecureSkipVerify },
    maxResponseSize: mostBytes,
  });
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}

/** The URL of a step. A saved one may be relative to the previous step's, and must not lead to another server. */
function urlOf({ request: { url } }: Step, { get }: Values, previous: string, origins: Set<string>): string {
  if (!isWhole(url)) return filled(url, get, encodeURIComponent);
  const target = filled(url, get);
  if (!URL.canParse(target, previous)) throw new StepError("the saved URL is not valid");
  const { href, origin } = new URL(target, previous);
  if (!origins.has(origin)) throw new StepError(`the saved URL leads to ${origin}, which no other step requests`);
  return href;
}

async function send(
  step: Step,
  url: string,
  values: Values,
  traceId: string,
  options: { readonly dispatcher: Agent; readonly signal: AbortSignal },
): Promise<Response> {
  const { method = "GET", headers = {} } = step.request;
  const [type, body] = payloadOf(step, values) ?? [];
  const { statusCode, ...response } = await request(url, {
    ...options,
    method,
    headers: {
      "user-agent": "white-room-journeys",
      ...(type !== undefined && { "content-type": type }),
      ...Object.fromEntries(
        Object.entries(headers).map(([name, value]) => [name.toLowerCase(), filled(value, values.get)]),
      ),
      traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01`,
    },
    ...(body !== undefined && { body }),
  });
  return { status: statusCode, headers: response.headers, body: await response.body.text() };
}

/** Content type and body of a request. */
function payloadOf({ request: { json, form, body } }: Step, { get }: Values): [type: string, body: string] | undefined {
  if (json !== undefined) return ["application/json", JSON.stringify(filledJson(json, get))];
  if (form !== undefined) {
    const fields = new URLSearchParams(filledJson(form, get) as Record<string, string>);
    return ["application/x-www-form-urlencoded", String(fields)];
  }
  return body === undefined ? undefined : ["text/plain; charset=utf-8", filled(body, get)];
}

function reasonOf(error: Error & { readonly code?: string }, { timeout }: { readonly timeout: number }): string {
  if (error.name === "TimeoutError") return `no complete response within ${timeout}s`;
  if (error.code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return `the body is larger than ${mostBytes} bytes`;
  const message = error.message || (error instanceof AggregateError ? String(error.errors[0]?.message) : "");
  return message || error.code || error.name;
}
