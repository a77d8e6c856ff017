#include "http_metrics.h"

#include <algorithm>
#include <array>

namespace whiteroom {
namespace {

const std::array<Route, 4> routes{{
    {"GET", "/health", {200}},
    {"GET", "/api/songs/:id", {200, 404, 500}},
    {"POST", "/login", {200, 400, 401, 500}},
    {"other", "unmatched", {404}},
}};

// Around what the alerts ask: 1 s is HighLatencyP95's threshold, 2.5 s the one above it.
const prometheus::Histogram::BucketBoundaries bounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

std::string_view next_segment(std::string_view& path) {
  const auto end = std::min(path.find('/', 1), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(end);
  return segment;
}

bool matches(std::string_view route, std::string_view path) {
  while (!route.empty() && !path.empty()) {
    const auto wanted = next_segment(route);
    const auto segment = next_segment(path);
    const bool any = wanted.substr(0, 2) == "/:" && segment.size() > 1;
    if (!any && wanted != segment) return false;
  }
  return route.empty() && path.empty();
}

}  // namespace

const Route& match_route(std::string_view method, std::string_view path) {
  const auto found = std::find_if(routes.begin(), routes.end() - 1, [&](const Route& route) {
    return route.method == method && matches(route.path, path);
  });
  return *found;
}

HttpMetrics::HttpMetrics(prometheus::Registry& registry)
    : requests_(prometheus::BuildCounter()
                    .Name("whiteroom_http_requests_total")
                    .Help("HTTP requests answered.")
                    .Register(registry)),
      durations_(prometheus::BuildHistogram()
                     .Name("whiteroom_http_request_duration_seconds")
                     .Help("Time from a request's first byte to the end of its answer.")
                     .Register(registry)),
      connections_(prometheus::BuildGauge()
                       .Name("whiteroom_http_connections_active")
                       .Help("Open client connections.")
                       .Register(registry)
                       .Add({})) {
  for (const auto& [method, path, codes] : routes) {
    durations_.Add({{"method", method}, {"route", path}}, bounds);
    for (const int code : codes) {
      requests_.Add({{"method", method}, {"route", path}, {"code", std::to_string(code)}});
    }
  }
}

void HttpMetrics::request(const Route& route, int code, std::chrono::duration<double> took) {
  requests_.Add({{"method", route.method}, {"route", route.path}, {"code", std::to_string(code)}}).Increment();
  durations_.Add({{"method", route.method}, {"route", route.path}}, bounds).Observe(took.count());
}

}  // namespace whiteroom
