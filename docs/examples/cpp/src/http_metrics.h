#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace whiteroom {

/// One route of the service, as the labels name it: the template, never the path that was asked for.
struct Route {
  std::string method;
  std::string path;
  std::vector<int> codes;
};

/// Finds the route of a request; `:name` in a template stands for one segment of the path. What fits none is
/// `other unmatched`: a label must not take what a stranger sends.
const Route& match_route(std::string_view method, std::string_view path);

/// Requests, their durations, open connections.
class HttpMetrics {
 public:
  explicit HttpMetrics(prometheus::Registry& registry);

  void request(const Route& route, int code, std::chrono::duration<double> took);
  prometheus::Gauge& connections() { return connections_; }

 private:
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& durations_;
  prometheus::Gauge& connections_;
};

}  // namespace whiteroom
