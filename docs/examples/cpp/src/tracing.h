#pragma once

#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/trace/span.h>
#include <opentelemetry/trace/tracer.h>

#include <memory>
#include <string>

#include "render_spans.h"

namespace whiteroom {

/// Sends spans to OTEL_EXPORTER_OTLP_ENDPOINT, in batches. Keep it until the program ends: it then sends what is left.
std::unique_ptr<opentelemetry::sdk::trace::TracerProvider> start_tracing(const std::string& service);

/// What the audio thread needs to know of a span.
TraceContext context_of(const opentelemetry::trace::Span& span) noexcept;

/// Makes spans of what the audio thread left. Call it every 100 ms or so on a thread that may wait.
void export_render_spans(RenderSpans& spans, opentelemetry::trace::Tracer& tracer);

}  // namespace whiteroom
