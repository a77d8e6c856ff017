#include "tracing.h"

#include <opentelemetry/exporters/otlp/otlp_http_exporter_factory.h>
#include <opentelemetry/exporters/otlp/otlp_http_exporter_options.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/trace/batch_span_processor_factory.h>
#include <opentelemetry/sdk/trace/batch_span_processor_options.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/span_context.h>

#include <algorithm>
#include <chrono>

namespace whiteroom {
namespace {

namespace common = opentelemetry::common;
namespace otlp = opentelemetry::exporter::otlp;
namespace resource = opentelemetry::sdk::resource;
namespace sdk = opentelemetry::sdk::trace;
namespace trace = opentelemetry::trace;

using std::chrono::duration_cast;
using std::chrono::nanoseconds;

nanoseconds to_nanoseconds(double seconds) {
  return duration_cast<nanoseconds>(std::chrono::duration<double>(seconds));
}

/// The audio thread's clock counts from no date; the difference to now gives one.
common::SystemTimestamp date_of(double steady_seconds) {
  const auto ago = to_nanoseconds(seconds_now() - steady_seconds);
  return common::SystemTimestamp{std::chrono::system_clock::now() - ago};
}

}  // namespace

std::unique_ptr<sdk::TracerProvider> start_tracing(const std::string& service) {
  // The endpoint and headers come from the environment: OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS.
  otlp::OtlpHttpExporterOptions options;
  sdk::BatchSpanProcessorOptions batches;
  batches.schedule_delay_millis = std::chrono::milliseconds{1000};
  auto processor = sdk::BatchSpanProcessorFactory::Create(otlp::OtlpHttpExporterFactory::Create(options), batches);
  return sdk::TracerProviderFactory::Create(std::move(processor), resource::Resource::Create({{"service.name", service}}));
}

TraceContext context_of(const trace::Span& span) noexcept {
  const auto context = span.GetContext();
  TraceContext result{{}, {}, context.IsSampled()};
  std::copy_n(context.trace_id().Id().data(), result.trace_id.size(), result.trace_id.begin());
  std::copy_n(context.span_id().Id().data(), result.span_id.size(), result.span_id.begin());
  return result;
}

void export_render_spans(RenderSpans& spans, trace::Tracer& tracer) {
  while (const auto rendered = spans.take()) {
    const auto& [parent, start, seconds] = *rendered;
    const std::uint8_t flags = parent.sampled ? trace::TraceFlags::kIsSampled : 0;
    trace::StartSpanOptions begin;
    begin.parent = trace::SpanContext{trace::TraceId{parent.trace_id}, trace::SpanId{parent.span_id},
                                      trace::TraceFlags{flags}, true};
    begin.start_system_time = date_of(start);
    begin.start_steady_time = common::SteadyTimestamp{to_nanoseconds(start)};
    trace::EndSpanOptions end;
    end.end_steady_time = common::SteadyTimestamp{to_nanoseconds(start + seconds)};
    tracer.StartSpan("render", begin)->End(end);
  }
}

}  // namespace whiteroom
