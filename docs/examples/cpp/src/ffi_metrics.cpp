#include "ffi_metrics.h"

#include <string>

namespace whiteroom {
namespace {

// 0.1 s is the alert's threshold, 0.25 s the one above it.
const prometheus::Histogram::BucketBoundaries bounds{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                     0.05,   0.1,   0.25,   0.5,   1};

}  // namespace

FfiMetrics::FfiMetrics(prometheus::Registry& registry) {
  auto& calls = prometheus::BuildCounter()
                    .Name("whiteroom_ffi_calls_total")
                    .Help("Calls from Swift into the C++ engine.")
                    .Register(registry);
  auto& durations = prometheus::BuildHistogram()
                        .Name("whiteroom_ffi_call_duration_seconds")
                        .Help("Duration of calls from Swift into the C++ engine.")
                        .Register(registry);
  for (std::size_t index = 0; index < series_.size(); ++index) {
    const std::string function{ffi_function_names[index]};
    series_[index] = {
        &calls.Add({{"function", function}, {"result", "ok"}}),
        &calls.Add({{"function", function}, {"result", "error"}}),
        &durations.Add({{"function", function}}, bounds),
    };
  }
}

void FfiMetrics::record(FfiFunction function, bool ok, std::chrono::duration<double> took) {
  const Series& series = series_[static_cast<std::size_t>(function)];
  (ok ? series.ok : series.error)->Increment();
  series.duration->Observe(took.count());
}

}  // namespace whiteroom
