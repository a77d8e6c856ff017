import type { IncomingHttpHeaders } from "node:http";
import {
  type Context,
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import type { Service } from "../../config/white-room/metrics.ts";
import { newSpanId, newTraceId } from "./trace.ts";

/** Sends spans to a collector. A running simulator uses the one in `sdk.ts`. */
export interface SpanSender {
  readonly tracers: Readonly<Record<Service, Tracer>>;
  /** Sends the remaining spans. */
  readonly close: () => Promise<void>;
}

export interface WorkOptions extends SpanOptions {
  /** Parent context of the span; default: the active one. */
  readonly parent?: Context;
}

/** Reason that a span failed. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

const propagator = new W3CTraceContextPropagator();

/**
 * Creates the spans of the simulated services. Without a sender, spans are not recorded and only have the IDs that logs and
 * headers need.
 */
export class Tracing {
  readonly #sender: SpanSender | undefined;

  constructor(sender?: SpanSender) {
    this.#sender = sender;
  }

  get isOn(): boolean {
    return this.#sender !== undefined;
  }

  /** Starts a span, which the caller ends. */
  start(service: Service, name: string, { parent = context.active(), ...options }: WorkOptions = {}): Span {
    if (this.#sender !== undefined) return this.#sender.tracers[service].startSpan(name, options, parent);
    const { traceId = newTraceId(), traceFlags = TraceFlags.NONE } = trace.getSpanContext(parent) ?? {};
    return trace.wrapSpanContext({ traceId, spanId: newSpanId(), traceFlags });
  }

  /** Runs `work` in a span, which fails if `work` does. */
  async run<T>(service: Service, name: string, options: WorkOptions, work: (span: Span) => Promise<T>): Promise<T> {
    const span = this.start(service, name, options);
    try {
      return await context.with(contextOf(span), () => work(span));
    } catch (error) {
      failed(span, error as Error);
      throw error;
    } finally {
      span.end();
    }
  }

  /** Runs a call to a server in a span. Creates no span outside of a trace, such as at startup. */
  async call<T>(service: Service, name: string, options: SpanOptions, work: () => Promise<T>): Promise<T> {
    return trace.getSpan(context.active()) === undefined ? work() : this.run(service, name, options, work);
  }

  /** Records an event as a root span without duration. Returns the IDs for its log line. */
  event(service: Service, name: string, error?: Failure): { readonly traceId: string; readonly spanId: string } {
    const span = this.start(service, name, { root: true });
    if (error !== undefined) failed(span, error);
    span.end();
    return span.spanContext();
  }

  async close(): Promise<void> {
    await this.#sender?.close();
  }
}

/** Context in which new spans are children of `span`. */
export const contextOf = (span: Span): Context => trace.setSpan(ROOT_CONTEXT, span);

/** Marks a span as failed. */
export function failed(span: Span, error: Failure): void {
  span.recordException(error);
  span.setStatus({ code: SpanStatusCode.ERROR, message: error.message });
}

/** Trace of an incoming request: W3C's `traceparent`, else a new span in the trace of `X-Trace-Id`. */
export function incomingContext(headers: IncomingHttpHeaders): Context {
  const extracted = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter);
  if (trace.getSpanContext(extracted) !== undefined) return extracted;
  const traceId = headers["x-trace-id"];
  const spanContext = { traceId: String(traceId), spanId: newSpanId(), traceFlags: TraceFlags.SAMPLED, isRemote: true };
  return isSpanContextValid(spanContext) ? trace.setSpanContext(ROOT_CONTEXT, spanContext) : ROOT_CONTEXT;
}

/** Headers of a request to another service. */
export function outgoingHeaders(span: Span): Record<string, string> {
  const headers: Record<string, string> = { "x-trace-id": span.spanContext().traceId };
  propagator.inject(contextOf(span), headers, defaultTextMapSetter);
  return headers;
}
