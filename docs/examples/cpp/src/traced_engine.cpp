// Calls from Swift and the buffers rendered after them, as spans: ./traced_engine <calls>
// Sends them to OTEL_EXPORTER_OTLP_ENDPOINT and prints the id of each trace.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>

#include "audio_meters.h"
#include "render_spans.h"
#include "tracing.h"

namespace trace = opentelemetry::trace;
using namespace std::chrono_literals;

int main(int argc, char** argv) {
  const int calls = argc > 1 ? std::atoi(argv[1]) : 1;
  const auto provider = whiteroom::start_tracing("audio-engine");
  const auto tracer = provider->GetTracer("traced_engine");
  const auto spans = std::make_unique<whiteroom::RenderSpans>();
  const auto events = std::make_unique<whiteroom::AudioEvents>();
  whiteroom::AudioMeters meters;
  meters.prepare(48'000, 512);
  std::atomic<bool> running{true};

  std::thread audio{[&] {
    whiteroom::Renderer renderer{meters, *events};
    whiteroom::TracedRenderer traced{renderer, *spans};
    float buffer[512];
    while (running) {
      traced.process(buffer, 512, 8);
      std::this_thread::sleep_for(10ms);
    }
  }};
  for (int call = 0; call < calls; ++call) {
    trace::StartSpanOptions options;
    options.kind = trace::SpanKind::kServer;
    const auto span = tracer->StartSpan("load_song", options);
    std::this_thread::sleep_for(2ms);
    spans->request(whiteroom::context_of(*span));
    span->End();
    char id[32];
    span->GetContext().trace_id().ToLowerBase16(id);
    std::printf("%.32s\n", id);
  }
  std::this_thread::sleep_for(100ms);
  running = false;
  audio.join();
  whiteroom::export_render_spans(*spans, *tracer);
  provider->ForceFlush(5s);
}
