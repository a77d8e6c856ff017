#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <string>

namespace whiteroom {

/// Attempts to sign in, and what the last security scan found.
class SecurityMetrics {
 public:
  explicit SecurityMetrics(prometheus::Registry& registry)
      : attempts_(prometheus::BuildCounter()
                      .Name("whiteroom_auth_attempts_total")
                      .Help("Attempts to sign in.")
                      .Register(registry)),
        findings_(prometheus::BuildGauge()
                      .Name("whiteroom_security_findings")
                      .Help("Open findings of the last security scan.")
                      .Register(registry)) {
    for (const char* method : {"password", "apple", "token"}) {
      for (const char* result : {"success", "failure"}) attempts_.Add({{"result", result}, {"method", method}});
    }
  }

  void attempt(const std::string& method, bool success) {
    attempts_.Add({{"result", success ? "success" : "failure"}, {"method", method}}).Increment();
  }

  /// Called with each scan's result. `severity` goes into `finding_severity`: a label named `severity` would be taken for the
  /// alert's own.
  void findings(const std::string& scanner, const std::string& severity, int open) {
    findings_.Add({{"scanner", scanner}, {"finding_severity", severity}}).Set(open);
  }

 private:
  prometheus::Family<prometheus::Counter>& attempts_;
  prometheus::Family<prometheus::Gauge>& findings_;
};

}  // namespace whiteroom
