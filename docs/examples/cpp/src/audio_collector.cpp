#include "audio_collector.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

namespace whiteroom {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric counter(double value, std::vector<ClientMetric::Label> labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  metric.counter.value = value;
  return metric;
}

/// Each bucket's count contains those below it. The total is their sum rather than a separate counter, which could be
/// inconsistent with them.
ClientMetric render_durations(const AudioMeters& meters) {
  ClientMetric metric;
  std::uint64_t count = 0;
  for (std::size_t bucket = 0; bucket <= AudioMeters::render_bounds.size(); ++bucket) {
    count += meters.renders_in_bucket(bucket);
    const bool last = bucket == AudioMeters::render_bounds.size();
    const double bound = last ? std::numeric_limits<double>::infinity() : AudioMeters::render_bounds[bucket];
    metric.histogram.bucket.push_back({count, bound});
  }
  metric.histogram.sample_count = count;
  metric.histogram.sample_sum = meters.render_seconds();
  return metric;
}

}  // namespace

AudioCollector::AudioCollector(std::shared_ptr<const AudioMeters> meters, std::size_t channels)
    : meters_(std::move(meters)), channels_(std::min(channels, AudioMeters::max_channels)) {}

std::vector<MetricFamily> AudioCollector::Collect() const {
  ClientMetric period;
  period.gauge.value = meters_->buffer_period();

  std::vector<ClientMetric> xruns;
  xruns.push_back(counter(meters_->xruns(Direction::input), {{"direction", "input"}}));
  xruns.push_back(counter(meters_->xruns(Direction::output), {{"direction", "output"}}));

  std::vector<ClientMetric> channel_seconds;
  for (std::size_t channel = 0; channel < channels_; ++channel) {
    channel_seconds.push_back(counter(meters_->channel_seconds(channel), {{"channel", std::to_string(channel + 1)}}));
  }

  return {
      {"whiteroom_audio_render_duration_seconds", "Time to render one audio buffer.", MetricType::Histogram,
       {render_durations(*meters_)}},
      {"whiteroom_audio_buffer_period_seconds", "Time one audio buffer lasts: frames / sample rate.",
       MetricType::Gauge, {period}},
      {"whiteroom_audio_render_deadline_misses_total", "Audio buffers that took longer to render than they last.",
       MetricType::Counter, {counter(meters_->deadline_misses())}},
      {"whiteroom_audio_xruns_total", "Buffer underruns (output) and overruns (input) of the audio device.",
       MetricType::Counter, xruns},
      {"whiteroom_audio_channel_cpu_seconds_total", "CPU time spent on rendering a mixer channel.",
       MetricType::Counter, channel_seconds},
  };
}

}  // namespace whiteroom
