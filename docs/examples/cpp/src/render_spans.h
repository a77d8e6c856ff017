#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "event_ring.h"
#include "renderer.h"

namespace whiteroom {

/// A place in a trace, as in W3C's traceparent. Plain bytes, so that copying one does not allocate.
struct TraceContext {
  std::array<std::uint8_t, 16> trace_id;
  std::array<std::uint8_t, 8> span_id;
  bool sampled;
};

/// A rendered buffer that belongs to a trace. Times are seconds of the clock that never goes back.
struct RenderSpan {
  TraceContext parent;
  double start;
  double seconds;
};

/// Takes traces to the audio thread and its spans back. One thread calls, one renders, one exports; a full ring drops.
class RenderSpans {
 public:
  /// Calling thread: the next buffer belongs to this trace.
  bool request(const TraceContext& parent) noexcept { return !parent.sampled || requests_.push(parent); }

  /// Audio thread, after each buffer: one comparison, unless the buffer belongs to a trace.
  void rendered(double start, double seconds) noexcept WHITE_ROOM_NONBLOCKING {
    if (const auto parent = requests_.pop()) spans_.push({*parent, start, seconds});
  }

  /// Exporting thread.
  std::optional<RenderSpan> take() noexcept { return spans_.pop(); }
  std::uint64_t dropped() const noexcept { return requests_.dropped() + spans_.dropped(); }

 private:
  EventRing<TraceContext, 256> requests_;
  EventRing<RenderSpan, 1024> spans_;
};

/// A renderer whose buffers can belong to a trace.
class TracedRenderer {
 public:
  TracedRenderer(Renderer& renderer, RenderSpans& spans) : renderer_(renderer), spans_(spans) {}

  void process(float* buffer, int frames, std::size_t channels) noexcept WHITE_ROOM_NONBLOCKING {
    const auto start = seconds_now();
    renderer_.process(buffer, frames, channels);
    spans_.rendered(start, seconds_now() - start);
  }

 private:
  Renderer& renderer_;
  RenderSpans& spans_;
};

}  // namespace whiteroom
