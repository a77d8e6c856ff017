#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>

namespace whiteroom {

/// What Swift calls. A function that is not in the list has no series, and none can be made by mistake.
enum class FfiFunction : std::size_t {
  engine_start, engine_stop, load_song, save_song, set_parameter,
  note_on, note_off, switch_performance, render_preview, read_meters,
};

inline constexpr std::array<std::string_view, 10> ffi_function_names{
    "engine_start", "engine_stop", "load_song", "save_song", "set_parameter",
    "note_on", "note_off", "switch_performance", "render_preview", "read_meters",
};

/// Calls from Swift into the engine. Recording takes prometheus-cpp's locks: right for the threads Swift calls from, wrong
/// for the audio thread.
class FfiMetrics {
 public:
  /// Every series exists from the start, at 0: increase() does not see the first increment of one that begins with it.
  explicit FfiMetrics(prometheus::Registry& registry);

  void record(FfiFunction function, bool ok, std::chrono::duration<double> took);

  /// Runs one call, times it and counts the result. Exceptions must not reach Swift, because they would end the process.
  template <typename Body>
  int call(FfiFunction function, Body&& body) noexcept {
    const auto start = std::chrono::steady_clock::now();
    bool ok = false;
    try {
      ok = body();
    } catch (...) {
    }
    record(function, ok, std::chrono::steady_clock::now() - start);
    return ok ? 0 : -1;
  }

 private:
  struct Series {
    prometheus::Counter* ok;
    prometheus::Counter* error;
    prometheus::Histogram* duration;
  };
  std::array<Series, ffi_function_names.size()> series_;
};

}  // namespace whiteroom
