import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Agent, parseCookie, request } from "undici";
import { filled, filledJson, isWhole, type Scalar, secretPrefix } from "../config/products/journeys/placeholders.ts";
import type { Journey, Step } from "./config.ts";
import { mask, maskedBody } from "./mask.ts";

/** A body above this size fails the step: the heap of the runner is bounded. */
const mostBytes = 1_048_576;

/** Saved values below this length, such as the number of a song, are not secrets, and would hide unrelated text. */
const shortestSecret = 8;

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

interface Response {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Why a step failed. */
class StepError extends Error {
  readonly response: Response | undefined;

  constructor(message: string, response?: Response) {
    super(message);
    this.response = response;
  }
}

/** Runs the steps in order until one fails. Rejects only if `stop` is aborted. */
export async function runJourney(journey: Journey, secretDirectory: string, stop: AbortSignal): Promise<Run> {
  const traceId = randomBytes(16).toString("hex");
  const saved = new Map<string, Scalar>([["runId", traceId]]);
  const hidden = new Set<string>();
  const { ca, serverName: servername, insecureSkipVerify } = journey.tls;
  // New connections for each run, so that it also sees what a new visitor sees: DNS, connect, and the TLS handshake.
  const agent = new Agent({
    connect: { ...(ca && { ca }), ...(servername && { servername }), rejectUnauthorized: !insecureSkipVerify },
  });
  const deadline = AbortSignal.timeout(journey.timeout * 1_000);
  const started = performance.now();
  const secondsSince = (start: number) => (performance.now() - start) / 1_000;
  const steps: StepResult[] = [];
  let failure: Failure | undefined;
  let at = "";
  const origins = new Set(journey.steps.map(({ request: { url } }) => originOf(url)));
  try {
    for (const step of journey.steps) {
      const begun = performance.now();
      try {
        const values = (name: string) => resolve(name, journey, secretDirectory, saved, hidden);
        at = urlOf(step, values, at, origins);
        const limit = AbortSignal.timeout(step.timeout * 1_000);
        const response = await send(step, at, values, traceId, agent, AbortSignal.any([deadline, limit, stop]));
        expected(step, response);
        save(step, response, saved, hidden);
      } catch (error) {
        stop.throwIfAborted();
        const { response } = error instanceof StepError ? error : {};
        failure = {
          step: step.name,
          reason: mask(reasonOf(error as Error, deadline.aborted ? journey : step), hidden),
          ...(response && { status: response.status, body: maskedBody(response.body, hidden) }),
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

function resolve(
  name: string,
  { secrets }: Journey,
  directory: string,
  saved: ReadonlyMap<string, Scalar>,
  hidden: Set<string>,
): Scalar {
  if (!name.startsWith(secretPrefix)) {
    const value = saved.get(name);
    if (value === undefined) throw new StepError(`\${${name}} was not saved`);
    return value;
  }
  try {
    const value = readFileSync(join(directory, secrets[name.slice(secretPrefix.length)] ?? ""), "utf8");
    hidden.add(value);
    return value;
  } catch {
    throw new StepError(`cannot read the secret ${name}`);
  }
}

function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : "";
}

/** The URL of a step. A saved one may be relative to the previous step's, and must not lead to another server. */
function urlOf({ request: { url } }: Step, values: (name: string) => Scalar, previous: string, origins: Set<string>) {
  if (!isWhole(url)) return filled(url, values, encodeURIComponent);
  const target = filled(url, values);
  if (!URL.canParse(target, previous)) throw new StepError("the saved URL is not valid");
  const { href, origin } = new URL(target, previous);
  if (!origins.has(origin)) throw new StepError(`the saved URL leads to ${origin}, which no other step requests`);
  return href;
}

async function send(
  { request: { method = "GET", headers = {}, body, json, form } }: Step,
  url: string,
  values: (name: string) => Scalar,
  traceId: string,
  dispatcher: Agent,
  signal: AbortSignal,
): Promise<Response> {
  const own = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), filled(value, values)]);
  const typed = (type: string, content: string) => ({ type, content });
  const payload =
    json !== undefined
      ? typed("application/json", JSON.stringify(filledJson(json, values)))
      : form !== undefined
        ? typed(
            "application/x-www-form-urlencoded",
            String(new URLSearchParams(filledJson(form, values) as Record<string, string>)),
          )
        : body !== undefined
          ? typed("text/plain; charset=utf-8", filled(body, values))
          : undefined;
  const response = await request(url, {
    dispatcher,
    method,
    signal,
    headers: {
      "user-agent": "white-room-journeys",
      ...(payload && { "content-type": payload.type }),
      ...Object.fromEntries(own),
      traceparent: `00-${traceId}-${randomBytes(8).toString("hex")}-01`,
    },
    ...(payload && { body: payload.content }),
  });
  return { status: response.statusCode, headers: response.headers, body: await textOf(response.body) };
}

async function textOf(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > mostBytes) throw new StepError(`the body is larger than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function expected({ statuses, body, bodyNot, json, headers }: Step, response: Response): void {
  const fail = (message: string): never => {
    throw new StepError(message, response);
  };
  const { status } = response;
  if (statuses === undefined ? status < 200 || status > 299 : !statuses.includes(status))
    fail(`status ${status}, expected ${statuses?.join(" or ") ?? "200 to 299"}`);
  for (const { name, pattern } of headers) {
    const value = [response.headers[name.toLowerCase()]].flat().join(", ");
    if (!pattern.matches(value)) fail(`header ${name} does not match ${pattern.written}`);
  }
  if (body !== undefined && !body.matches(response.body)) fail(`the body does not match ${body.written}`);
  if (bodyNot?.matches(response.body)) fail(`the body matches ${bodyNot.written}`);
  if (json === undefined) return;
  const value = parsed(response);
  let holds: unknown;
  try {
    holds = json.holds(value);
  } catch (error) {
    fail(`${json.written} fails: ${(error as Error).message.split("\n")[0]}`);
  }
  if (holds !== true) fail(`${json.written} is not true`);
}

function parsed(response: Response): unknown {
  try {
    return JSON.parse(response.body);
  } catch {
    throw new StepError("the body is not JSON", response);
  }
}

function save(step: Step, response: Response, saved: Map<string, Scalar>, hidden: Set<string>): void {
  for (const saving of step.save) {
    const value = found(saving, response);
    if (value === undefined || (typeof value === "object" && value !== null))
      throw new StepError(
        `cannot save ${saving.name}: there is no ${saving.from} ${saving.from === "json" ? saving.path : saving.key}`,
        response,
      );
    saved.set(saving.name, value as Scalar);
    if (typeof value === "string" && value.length >= shortestSecret) hidden.add(value);
  }
}

function found(saving: Step["save"][number], response: Response): unknown {
  if (saving.from === "json") return saving.find(parsed(response));
  if (saving.from === "header") return [response.headers[saving.key]].flat()[0];
  const cookies = [response.headers["set-cookie"] ?? []].flat().map((cookie) => parseCookie(cookie));
  return cookies.find((cookie) => cookie?.name === saving.key)?.value;
}

function reasonOf(error: Error & { readonly code?: string }, { timeout }: { readonly timeout: number }): string {
  if (error.name === "TimeoutError") return `no complete response within ${timeout}s`;
  const message = error.message || (error instanceof AggregateError ? String(error.errors[0]?.message) : "");
  return message || error.code || error.name;
}
