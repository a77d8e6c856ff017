import type { IncomingMessage, ServerResponse } from "node:http";
import { type Span, SpanKind } from "@opentelemetry/api";
import { matchRoute, type Route, unmatchedRoute } from "../../config/white-room/routes.ts";
import { addressOf, type Handler, sendJson, sendPage } from "../http-server.ts";
import type { Level } from "./log-lines.ts";
import type { Logs } from "./logs.ts";
import type { PlayedService } from "./played-service.ts";
import { failed, incomingContext, type Tracing } from "./tracing.ts";

/** A request that was matched to a route. */
export interface Call<R extends Route> {
  readonly route: R;
  readonly request: IncomingMessage;
  readonly path: string;
}

/** Response of a route. `log` replaces the default log message, "request handled". */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  /** HTML to send instead of the body. */
  readonly page?: string;
  readonly userId?: string;
  readonly log?: { readonly message: string; readonly level?: Level; readonly stack?: readonly string[] };
}

export interface HttpServiceOptions<R extends Route> {
  readonly routes: readonly R[];
  readonly service: () => PlayedService;
  readonly logs: Logs;
  readonly tracing: Tracing;
  readonly answer: (call: Call<R>) => Promise<Answer>;
}

/** Serves a table of routes. Counts, times and logs every request with its trace. */
export function httpService<R extends Route>(options: HttpServiceOptions<R>): Handler {
  const { routes, tracing } = options;
  return async (request, response) => {
    const started = performance.now();
    const path = addressOf(request).pathname;
    const method = request.method ?? "GET";
    const route = matchRoute(routes, method, path);
    const name = route === undefined ? method : `${method} ${route.route}`;
    const parent = incomingContext(request.headers);
    const attributes = {
      "http.request.method": method,
      "url.path": path,
      ...(route && { "http.route": route.route }),
    };
    await tracing.run(options.service().name, name, { kind: SpanKind.SERVER, attributes, parent }, async (span) => {
      const answer =
        route === undefined
          ? { status: 404, body: { error: "no such route" } }
          : await options.answer({ route, request, path });
      response.setHeader("x-trace-id", span.spanContext().traceId);
      sendAnswer(response, answer);
      describeAnswer(span, answer);
      report(options, { method, route, answer, span, seconds: (performance.now() - started) / 1000 });
    });
  };
}

interface Answered {
  readonly method: string;
  readonly route: Route | undefined;
  readonly answer: Answer;
  readonly span: Span;
  readonly seconds: number;
}

/** Counts, times and logs a request. */
function report(options: Pick<HttpServiceOptions<never>, "service" | "logs">, answered: Answered): void {
  const { answer, span, seconds } = answered;
  const service = options.service();
  // A crashed service neither counts nor logs the requests it was handling.
  if (!service.isUp) return;
  const { method, route } = answered.route ?? unmatchedRoute;
  service.metrics.count("whiteroom_http_requests_total", { method, route, code: String(answer.status) });
  service.metrics.observe("whiteroom_http_request_duration_seconds", seconds, { method, route }, span);
  const { traceId, spanId } = span.spanContext();
  options.logs.write(service.name, {
    level: answer.log?.level ?? levelOf(answer.status),
    message: answer.log?.message ?? (answer.status < 400 ? "request handled" : "request refused"),
    traceId,
    fields: {
      span_id: spanId,
      ...(answer.userId === undefined ? {} : { user_id: answer.userId }),
      method: answered.method,
      route,
      status: answer.status,
      duration_ms: Math.round(seconds * 10_000) / 10,
    },
    ...(answer.log?.stack === undefined ? {} : { stack: answer.log.stack }),
  });
}

/** A server's span fails only on server errors, not on client errors. */
function describeAnswer(span: Span, { status, log }: Answer): void {
  span.setAttribute("http.response.status_code", status);
  if (status < 500) return;
  const message = log?.message ?? `status ${status}`;
  failed(span, { name: String(status), message, ...(log?.stack && { stack: [message, ...log.stack].join("\n") }) });
}

function sendAnswer(response: ServerResponse, { status, body, page }: Answer): void {
  if (response.destroyed) return;
  if (page !== undefined) {
    sendPage(response, page);
    return;
  }
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
