#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

// clang 20 and newer: the compiler warns of calls that may block (-Wfunction-effects), and -fsanitize=realtime stops the
// program at the first one that does.
#if defined(__clang__) && __clang_major__ >= 20
#define WHITE_ROOM_NONBLOCKING [[clang::nonblocking]]
#else
#define WHITE_ROOM_NONBLOCKING
#endif

namespace whiteroom {

/// A number that one thread adds to and any thread may read. With a single writer a load and a store are enough; both are
/// plain moves on every 64-bit machine. Relaxed: readers need a recent value, not an order between values.
template <typename T>
class Tally {
  static_assert(std::atomic<T>::is_always_lock_free, "the audio thread must not wait for a lock inside an atomic");

 public:
  void add(T by) noexcept WHITE_ROOM_NONBLOCKING {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  T read() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<T> value_{0};
};

enum class Direction : std::size_t { input, output };

/// What one audio thread measures. Each number has one writer: the audio thread, and for XRUNs whoever watches the device.
/// Whoever exports the numbers reads them at any time. Made before audio starts, and as large as it ever gets: nothing here
/// allocates. Several audio threads have one AudioMeters each, and the exporter sums.
class AudioMeters {
 public:
  /// Upper bounds in seconds of whiteroom_audio_render_duration_seconds: 0.025 is the alert's threshold.
  static constexpr std::array<double, 11> render_bounds{0.001, 0.002, 0.003, 0.005, 0.0075, 0.01,
                                                        0.015, 0.025, 0.05,  0.1,   0.25};
  static constexpr std::size_t max_channels = 64;

  /// From prepareToPlay(), which runs while no buffer is rendered: a thread of its own is fine.
  void prepare(double sample_rate, int frames) noexcept {
    buffer_period_.store(frames / sample_rate, std::memory_order_relaxed);
  }

  /// After each buffer. Eleven comparisons and four stores.
  void rendered(double seconds) noexcept WHITE_ROOM_NONBLOCKING {
    std::size_t bucket = 0;
    while (bucket < render_bounds.size() && seconds > render_bounds[bucket]) ++bucket;
    render_buckets_[bucket].add(1);
    render_sum_.add(seconds);
    if (seconds > buffer_period_.load(std::memory_order_relaxed)) deadline_misses_.add(1);
  }

  void xrun(Direction direction) noexcept WHITE_ROOM_NONBLOCKING { xruns_[static_cast<std::size_t>(direction)].add(1); }

  /// `channel` counts from 0; channels beyond the bound are not exported, so they cannot make new series.
  void channel_cpu(std::size_t channel, double seconds) noexcept WHITE_ROOM_NONBLOCKING {
    if (channel < max_channels) channel_seconds_[channel].add(seconds);
  }

  // For the exporter's thread.
  double buffer_period() const noexcept { return buffer_period_.load(std::memory_order_relaxed); }
  std::uint64_t renders_in_bucket(std::size_t bucket) const noexcept { return render_buckets_[bucket].read(); }
  double render_seconds() const noexcept { return render_sum_.read(); }
  std::uint64_t deadline_misses() const noexcept { return deadline_misses_.read(); }
  std::uint64_t xruns(Direction direction) const noexcept { return xruns_[static_cast<std::size_t>(direction)].read(); }
  double channel_seconds(std::size_t channel) const noexcept { return channel_seconds_[channel].read(); }

 private:
  std::atomic<double> buffer_period_{0};
  std::array<Tally<std::uint64_t>, render_bounds.size() + 1> render_buckets_;
  Tally<double> render_sum_;
  Tally<std::uint64_t> deadline_misses_;
  std::array<Tally<std::uint64_t>, 2> xruns_;
  std::array<Tally<double>, max_channels> channel_seconds_;
};

}  // namespace whiteroom
