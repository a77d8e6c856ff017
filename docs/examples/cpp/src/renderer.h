#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "audio_meters.h"
#include "event_ring.h"

namespace whiteroom {

// The compiler cannot see that the clock does not block: the kernel maps it into the process, so that reading it is no
// system call.
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
/// Seconds of a clock that never goes back.
inline double seconds_now() noexcept WHITE_ROOM_NONBLOCKING {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif

/// Something of the audio thread that is worth a log line.
struct MissedDeadline {
  std::uint64_t buffer;
  double seconds;
};
using AudioEvents = EventRing<MissedDeadline, 1024>;

/// The audio callback with its measurements: what processBlock() of a juce::AudioProcessor does.
class Renderer {
 public:
  Renderer(AudioMeters& meters, AudioEvents& events) : meters_(meters), events_(events) {}

  void process(float* buffer, int frames, std::size_t channels) noexcept WHITE_ROOM_NONBLOCKING {
    const auto start = seconds_now();
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const auto channel_start = seconds_now();
      mix(buffer, frames, channel);
      meters_.channel_cpu(channel, seconds_now() - channel_start);
    }
    const double seconds = seconds_now() - start;
    meters_.rendered(seconds);
    if (seconds > meters_.buffer_period()) events_.push({rendered_, seconds});
    ++rendered_;
  }

 private:
  void mix(float* buffer, int frames, std::size_t channel) noexcept WHITE_ROOM_NONBLOCKING {
    for (int frame = 0; frame < frames; ++frame) {
      phase_ += 0.01 * static_cast<double>(channel + 1);
      if (phase_ >= 1) phase_ -= 1;
      buffer[frame] = static_cast<float>(phase_);
    }
  }

  AudioMeters& meters_;
  AudioEvents& events_;
  std::uint64_t rendered_ = 0;
  double phase_ = 0;
};

}  // namespace whiteroom
