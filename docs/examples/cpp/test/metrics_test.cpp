// How to assert on a metric: make the registry in the test, do the thing, read what the registry collects.

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "ffi_metrics.h"
#include "http_metrics.h"
#include "log_line.h"
#include "security_metrics.h"

namespace {

using prometheus::ClientMetric;
using prometheus::Registry;

template <typename Value>
void expect(const char* what, const Value& found, const Value& wanted) {
  if (found == wanted) return;
  std::fprintf(stderr, "%s is not what it should be\n", what);
  if constexpr (std::is_same_v<Value, std::string>) {
    std::fprintf(stderr, "found:  %s\nwanted: %s\n", found.c_str(), wanted.c_str());
  }
  std::exit(1);
}

/// One series of a registry; ends the test when it is not there.
ClientMetric series(const Registry& registry, const std::string& name, prometheus::Labels labels) {
  for (const auto& family : registry.Collect()) {
    if (family.name != name) continue;
    for (const auto& metric : family.metric) {
      prometheus::Labels found;
      for (const auto& label : metric.label) found[label.name] = label.value;
      if (found == labels) return metric;
    }
  }
  std::fprintf(stderr, "no such series of %s\n", name.c_str());
  std::exit(1);
}

void a_failed_ffi_call_counts_as_error() {
  Registry registry;
  whiteroom::FfiMetrics ffi{registry};
  const int code = ffi.call(whiteroom::FfiFunction::load_song, []() -> bool { throw std::runtime_error("corrupt"); });
  expect("the code that Swift gets", code, -1);
  expect("errors", series(registry, "whiteroom_ffi_calls_total", {{"function", "load_song"}, {"result", "error"}}).counter.value, 1.0);
  expect("successes", series(registry, "whiteroom_ffi_calls_total", {{"function", "load_song"}, {"result", "ok"}}).counter.value, 0.0);
  expect("durations", series(registry, "whiteroom_ffi_call_duration_seconds", {{"function", "load_song"}}).histogram.sample_count, std::uint64_t{1});
}

void a_path_never_becomes_a_label() {
  expect("a song's route", whiteroom::match_route("GET", "/api/songs/42").path, std::string("/api/songs/:id"));
  expect("a longer path's", whiteroom::match_route("GET", "/api/songs/42/x").path, std::string("unmatched"));
  expect("a shorter path's", whiteroom::match_route("GET", "/api/songs").path, std::string("unmatched"));
  expect("an empty segment's", whiteroom::match_route("GET", "/api/songs/").path, std::string("unmatched"));
  expect("a probe's", whiteroom::match_route("GET", "/wp-login.php").path, std::string("unmatched"));
  expect("another method's", whiteroom::match_route("DELETE", "/api/songs/42").method, std::string("other"));
}

void a_duration_lands_in_the_bucket_of_its_bound() {
  Registry registry;
  whiteroom::HttpMetrics http{registry};
  http.request(whiteroom::match_route("GET", "/health"), 200, std::chrono::seconds{1});
  const auto histogram = series(registry, "whiteroom_http_request_duration_seconds", {{"method", "GET"}, {"route", "/health"}}).histogram;
  for (const auto& bucket : histogram.bucket) {
    expect("a bucket's count", bucket.cumulative_count, std::uint64_t{bucket.upper_bound >= 1 ? 1U : 0U});
  }
}

void a_sign_in_is_counted_by_result() {
  Registry registry;
  whiteroom::SecurityMetrics security{registry};
  security.attempt("password", false);
  expect("failures", series(registry, "whiteroom_auth_attempts_total", {{"result", "failure"}, {"method", "password"}}).counter.value, 1.0);
  expect("successes", series(registry, "whiteroom_auth_attempts_total", {{"result", "success"}, {"method", "password"}}).counter.value, 0.0);
}

void lines_are_what_the_collector_reads() {
  const whiteroom::Time time{std::chrono::milliseconds{1'795'428'000'007}};
  const whiteroom::LogEntry entry{whiteroom::Level::warn, "a \"quoted\"\nmessage", "4bf92f3577b34da6a3ce929d0e0e4736",
                                  {{"route", std::string("/login")}, {"duration_ms", 12.5}}};
  expect("the backend's line", whiteroom::backend_line(entry, time),
         std::string(R"({"timestamp":"2026-11-23T10:00:00.007Z","level":"warning","service":"juce-backend",)"
                     R"("message":"a \"quoted\"\nmessage","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",)"
                     R"("route":"/login","duration_ms":12.5})"));
  expect("the engine's line", whiteroom::engine_line(entry, time),
         std::string("2026-11-23T10:00:00.007Z WARN audio-engine: a \"quoted\" message route=/login duration_ms=12.5 "
                     "trace_id=4bf92f3577b34da6a3ce929d0e0e4736"));
}

}  // namespace

int main() {
  a_failed_ffi_call_counts_as_error();
  a_path_never_becomes_a_label();
  a_duration_lands_in_the_bucket_of_its_bound();
  a_sign_in_is_counted_by_result();
  lines_are_what_the_collector_reads();
  std::puts("5 tests pass");
}
