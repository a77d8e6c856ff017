"""Spans of a server with OpenTelemetry, sent over OTLP to OTEL_EXPORTER_OTLP_ENDPOINT."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.propagate import extract
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

tracer = trace.get_tracer("whiteroom.aggregator")


def start_tracing(service: str) -> TracerProvider | None:
    """Call once, before the first request. Without an endpoint, spans are no-ops and cost next to nothing."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return None
    # Samples according to OTEL_TRACES_SAMPLER. By default, follows the caller and samples all new traces.
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


@contextmanager
def request_span(method: str, route: str, headers: Mapping[str, str]) -> Iterator[trace.Span]:
    """The span of a request, in the trace of its `traceparent`. Named after the route, because paths would create an unlimited number of names."""
    attributes = {"http.request.method": method, "http.route": route}
    kind = trace.SpanKind.SERVER
    with tracer.start_as_current_span(f"{method} {route}", extract(headers), kind, attributes) as span:
        yield span


def trace_id_of(span: trace.Span) -> str | None:
    """For log lines, 32 hexadecimal digits; None without a trace."""
    context = span.get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None
