import { randomBytes } from "node:crypto";
import { Agent, request } from "undici";
import type { JourneyConfig, StepConfig } from "../config/products/journeys/journeys.ts";
import { filled, filledJson, isWhole } from "../config/products/journeys/placeholders.ts";
import { extract, type Response, verify } from "./expectations.ts";
import { mask, maskedBody } from "./mask.ts";
import { Values } from "./values.ts";

/** Maximum size of a body in bytes. Larger ones fail the step, because the heap of the runner is limited. */
const mostBytes = 1_048_576;

export interface Run {
  readonly traceId: string;
  readonly seconds: number;
  /** The steps that ran. Only the last one can have failed. */
  readonly steps: readonly { readonly step: string; readonly seconds: number }[];
  readonly failure?: Failure;
}

interface Failure {
  readonly step: string;
  /** Secrets are masked, as in the body. */
  readonly reason: string;
  readonly status?: number;
  readonly body?: string;
}

/** Runs the steps in order until one fails. Rejects only if `stop` is aborted. */
export async function runJourney(journey: JourneyConfig, secretDirectory: string, stop: AbortSignal): Promise<Run> {
  const traceId = randomBytes(16).toString("hex");
  const values = new Values(journey, secretDirectory, traceId);
  const agent = newAgent(journey);
  const deadline = AbortSignal.timeout(journey.timeout * 1_000);
  const started = performance.now();
  const steps: { step: string; seconds: number }[] = [];
  let failure: Failure | undefined;
  let url = "";
  try {
    for (const step of journey.steps) {
      const begun = performance.now();
      let response: Response | undefined;
      try {
        url = urlOf(step, values, url, journey);
        const signal = AbortSignal.any([deadline, AbortSignal.timeout(step.timeout * 1_000), stop]);
        response = await send(step, url, values, traceId, { dispatcher: agent, signal });
        verify(step, response);
        for (const [name, source] of Object.entries(step.save ?? {}))
          values.save(name, extract(name, source, response));
      } catch (error) {
        stop.throwIfAborted();
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

function secondsSince(start: number): number {
  return (performance.now() - start) / 1_000;
}

/** Opens new connections for each run, so that it includes DNS, connect and the TLS handshake, as for a new visitor. */
function newAgent({ tls: { ca, serverName: servername, insecureSkipVerify } }: JourneyConfig): Agent {
  return new Agent({
    connect: { ...(ca && { ca }), ...(servername && { servername }), rejectUnauthorized: !insecureSkipVerify },
    maxResponseSize: mostBytes,
  });
}

/** The URL of a step. A saved URL can be relative to that of the previous step, and must lead to a server of the journey. */
function urlOf({ request: { url } }: StepConfig, { get }: Values, previous: string, { steps }: JourneyConfig): string {
  if (!isWhole(url)) return filled(url, get, encodeURIComponent);
  const target = URL.parse(filled(url, get), previous);
  if (target === null) throw new Error("the saved URL is not valid");
  if (!steps.some((step) => URL.parse(step.request.url)?.origin === target.origin))
    throw new Error(`the saved URL leads to ${target.origin}, which no other step requests`);
  return target.href;
}

async function send(
  step: StepConfig,
  url: string,
  { get }: Values,
  traceId: string,
  options: { readonly dispatcher: Agent; readonly signal: AbortSignal },
): Promise<Response> {
  const { method, headers, json, form, body } = step.request;
  const { statusCode, ...response } = await request(url, {
    ...options,
    method,
    headers: {
      "user-agent": "white-room-journeys",
      ...(json !== undefined && { "content-type": "application/json" }),
      ...(form !== undefined && { "content-type": "application/x-www-form-urlencoded" }),
      ...(body !== undefined && { "content-type": "text/plain; charset=utf-8" }),
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), filled(value, get)])),
      traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01`,
    },
    ...(json !== undefined && { body: JSON.stringify(filledJson(json, get)) }),
    ...(form !== undefined && { body: String(new URLSearchParams(filledJson(form, get) as typeof form)) }),
    ...(body !== undefined && { body: filled(body, get) }),
  });
  return { status: statusCode, headers: response.headers, body: await response.body.text() };
}

function reasonOf(error: Error & { readonly code?: string }, { timeout }: { readonly timeout: number }): string {
  if (error.name === "TimeoutError") return `no complete response within ${timeout}s`;
  if (error.code === "UND_ERR_RES_EXCEEDED_MAX_SIZE") return `the body is larger than ${mostBytes} bytes`;
  const message = error.message || (error instanceof AggregateError ? String(error.errors[0]?.message) : "");
  return message || error.code || error.name;
}
