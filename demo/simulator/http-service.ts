import type { IncomingMessage, ServerResponse } from "node:http";
import { matchRoute, type Route, unmatchedRoute } from "../../config/white-room/routes.ts";
import { addressOf, type Handler, sendJson } from "../http-server.ts";
import type { Level } from "./log-lines.ts";
import type { Logs } from "./logs.ts";
import type { PlayedService } from "./played-service.ts";
import { newSpanId, newTraceId } from "./trace.ts";

/** A request that was matched to a route, with the trace it belongs to. */
export interface Call<R extends Route> {
  readonly route: R;
  readonly request: IncomingMessage;
  readonly path: string;
  readonly traceId: string;
}

/** What a route answers; `log` is said instead of "request handled". */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly userId?: string;
  readonly log?: { readonly message: string; readonly level?: Level; readonly stack?: readonly string[] };
}

export interface HttpServiceOptions<R extends Route> {
  readonly routes: readonly R[];
  readonly service: () => PlayedService;
  readonly logs: Logs;
  readonly answer: (call: Call<R>) => Promise<Answer>;
}

/** Serves a table of routes: every request is counted, timed and logged with its trace. */
export function httpService<R extends Route>(options: HttpServiceOptions<R>): Handler {
  const { routes, logs } = options;
  return async (request, response) => {
    const started = performance.now();
    const path = addressOf(request).pathname;
    const traceId = traceIdOf(request) ?? newTraceId();
    const route = matchRoute(routes, request.method ?? "GET", path);
    const answer =
      route === undefined
        ? { status: 404, body: { error: "no such route" } }
        : await options.answer({ route, request, path, traceId });
    response.setHeader("x-trace-id", traceId);
    sendAnswer(response, answer);
    const service = options.service();
    // What a crashed service was still working on has no one left to tell.
    if (!service.isUp) return;
    const { method, route: template } = route ?? unmatchedRoute;
    const seconds = (performance.now() - started) / 1000;
    service.metrics.count("whiteroom_http_requests_total", { method, route: template, code: String(answer.status) });
    service.metrics.observe("whiteroom_http_request_duration_seconds", seconds, { method, route: template });
    logs.write(service.name, {
      level: answer.log?.level ?? levelOf(answer.status),
      message: answer.log?.message ?? (answer.status < 400 ? "request handled" : "request refused"),
      traceId,
      fields: {
        span_id: newSpanId(),
        ...(answer.userId === undefined ? {} : { user_id: answer.userId }),
        method: request.method ?? "GET",
        route: template,
        status: answer.status,
        duration_ms: Math.round(seconds * 10_000) / 10,
      },
      ...(answer.log?.stack === undefined ? {} : { stack: answer.log.stack }),
    });
  };
}

function sendAnswer(response: ServerResponse, { status, body }: Answer): void {
  if (response.destroyed) return;
  if (status === 304) {
    response.writeHead(status);
    response.end();
    return;
  }
  sendJson(response, status, body);
}

function levelOf(status: number): Level {
  if (status >= 500) return "error";
  return status >= 400 ? "warn" : "info";
}

/** The trace of a request: `X-Trace-Id`, else the one in W3C's `traceparent`. */
function traceIdOf(request: IncomingMessage): string | undefined {
  const own = request.headers["x-trace-id"];
  if (typeof own === "string" && /^[0-9a-f]{32}$/.test(own)) return own;
  const parent = request.headers.traceparent;
  return typeof parent === "string" ? /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(parent)?.[1] : undefined;
}
