#pragma once

#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include <chrono>
#include <string>

namespace whiteroom {

/// Which build runs and since when: what every service says of itself. `deployed` is when the release was rolled out, handed
/// in by who deploys: the start of the process would announce a deployment after every crash.
inline void add_build_metrics(prometheus::Registry& registry, const std::string& version, const std::string& revision,
                              std::chrono::system_clock::time_point deployed) {
  prometheus::BuildGauge()
      .Name("whiteroom_build_info")
      .Help("Always 1; the labels name the build that runs.")
      .Register(registry)
      .Add({{"version", version}, {"revision", revision}})
      .Set(1);
  prometheus::BuildGauge()
      .Name("whiteroom_deployment_timestamp_seconds")
      .Help("Unix time of the last deployment.")
      .Register(registry)
      .Add({})
      .Set(std::chrono::duration<double>(deployed.time_since_epoch()).count());
}

}  // namespace whiteroom
