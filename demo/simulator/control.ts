import type { IncomingMessage } from "node:http";
import { type Service, services } from "../../config/white-room/metrics.ts";
import { durationForm, formatDuration, parseDuration } from "../duration.ts";
import {
  addressOf,
  fromAnotherSite,
  type Handler,
  hostsOf,
  isKnownHost,
  readBody,
  sendJson,
  sendPage,
  sendUnknownHost,
} from "../http-server.ts";
import { renderControlPage } from "./control-page.ts";
import { type ActiveFault, type FaultName, type Faults, faultNames, isFaultName, isService } from "./faults.ts";

export interface ControlOptions {
  readonly faults: Faults;
  readonly links: readonly { readonly title: string; readonly url: string }[];
  readonly services: () => readonly { readonly name: Service; readonly up: boolean; readonly port: number }[];
}

/** A parsed fault request, or all its problems. */
type FaultRequest =
  | { readonly name: FaultName; readonly duration: number; readonly service?: Service }
  | { readonly problems: readonly string[] };

const defaultDuration = "60s";

/** The control port: `GET /`, `GET /healthz`, `GET /faults`, `POST` and `DELETE /faults/<name>`. */
export function controlHandler({ faults, links, services: state }: ControlOptions): Handler {
  const list = () => ({ faults: faults.list().map(describe), services: state() });
  const hosts = hostsOf(links);
  return async (request, response) => {
    if (!isKnownHost(request, hosts)) return sendUnknownHost(response);
    const { pathname, searchParams } = addressOf(request);
    const method = request.method ?? "GET";
    if (method === "GET" && pathname === "/") return sendPage(response, renderControlPage(links));
    if (method === "GET" && pathname === "/healthz") return sendJson(response, 200, { status: "ok" });
    if (method === "GET" && pathname === "/faults") return sendJson(response, 200, list());
    const name = /^\/faults\/([^/]+)$/.exec(pathname)?.[1];
    if (name === undefined || (method !== "POST" && method !== "DELETE")) {
      return sendJson(response, 404, { error: "no such route: GET /, /healthz, /faults; POST, DELETE /faults/<name>" });
    }
    if (fromAnotherSite(request)) return sendJson(response, 403, { error: "cross-site requests are not allowed" });
    const body = method === "POST" ? await readParameters(request) : {};
    if (body === undefined)
      return sendJson(response, 400, { problems: ['body: is not a JSON object; use {"duration":"60s"}'] });
    const wanted = parseFaultRequest(name, { ...Object.fromEntries(searchParams), ...body }, method);
    if ("problems" in wanted) return sendJson(response, 400, wanted);
    if (method === "DELETE") {
      return sendJson(response, 200, { ended: faults.end(wanted.name, wanted.service).map(describe) });
    }
    return sendJson(response, 200, { started: describe(faults.start(wanted.name, wanted.duration, wanted.service)) });
  };
}

function parseFaultRequest(name: string, given: Readonly<Record<string, unknown>>, method: string): FaultRequest {
  const { duration = defaultDuration, service, ...others } = given;
  const problems: string[] = [];
  const milliseconds = typeof duration === "string" ? parseDuration(duration) : undefined;
  if (!isFaultName(name)) problems.push(`name: ${show(name)} is not a known fault; use ${faultNames.join(", ")}`);
  if (milliseconds === undefined) problems.push(`duration: ${show(duration)} is not valid; use ${durationForm}`);
  const known = typeof service === "string" && isService(service) ? service : undefined;
  if (name === "crash") {
    const optional = method === "DELETE" && service === undefined;
    if (known === undefined && !optional)
      problems.push(`service: ${show(service)} is not a known service; use ${services.join(", ")}`);
  } else if (service !== undefined) {
    problems.push(`service: ${show(service)} is not supported by ${show(name)}; only crash takes a service`);
  }
  for (const key of Object.keys(others)) problems.push(`${key}: is not a known key; use duration or service`);
  if (problems.length > 0 || !isFaultName(name) || milliseconds === undefined) return { problems };
  return { name, duration: milliseconds, ...(known === undefined ? {} : { service: known }) };
}

async function readParameters(request: IncomingMessage): Promise<Record<string, unknown> | undefined> {
  const body = await readBody(request, 10_000);
  if (body.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed) ? { ...parsed } : undefined;
  } catch {
    return undefined;
  }
}

function describe({ name, service, endsAt }: ActiveFault) {
  const left = Math.max(0, endsAt - Date.now());
  return {
    name,
    ...(service === undefined ? {} : { service }),
    endsAt: new Date(endsAt).toISOString(),
    remaining: formatDuration(left),
    remainingSeconds: Math.round(left / 100) / 10,
  };
}

const show = (value: unknown) => (value === undefined ? "(nothing)" : JSON.stringify(value));
