#pragma once

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <memory>
#include <vector>

#include "audio_meters.h"

namespace whiteroom {

/// Makes metrics of what the audio thread has counted, at the moment of a scrape and on the scraper's thread. The meters
/// only ever grow, so that nothing is lost however seldom it is asked.
class AudioCollector : public prometheus::Collectable {
 public:
  /// `channels`: how many the mixer has, at most AudioMeters::max_channels.
  AudioCollector(std::shared_ptr<const AudioMeters> meters, std::size_t channels);

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::shared_ptr<const AudioMeters> meters_;
  std::size_t channels_;
};

}  // namespace whiteroom
