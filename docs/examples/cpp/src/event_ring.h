#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "audio_meters.h"

namespace whiteroom {

/// Hands events from one thread to one other without a lock: the audio thread must not write a log line, so it leaves an
/// event here and the log thread writes. Full means lost and counted, never waited for.
template <typename Event, std::size_t Capacity>
class EventRing {
  static_assert((Capacity & (Capacity - 1)) == 0, "a power of two, so that an index wraps by masking");
  static_assert(std::is_trivially_copyable_v<Event>, "copying an event must not allocate");

 public:
  /// Called by the sending thread only. Returns false if the ring is full.
  bool push(const Event& event) noexcept WHITE_ROOM_NONBLOCKING {
    const auto head = head_.load(std::memory_order_relaxed);
    if (head - tail_.load(std::memory_order_acquire) == Capacity) {
      dropped_.add(1);
      return false;
    }
    events_[head & (Capacity - 1)] = event;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

  /// The receiving thread only.
  std::optional<Event> pop() noexcept WHITE_ROOM_NONBLOCKING {
    const auto tail = tail_.load(std::memory_order_relaxed);
    if (tail == head_.load(std::memory_order_acquire)) return std::nullopt;
    const Event event = events_[tail & (Capacity - 1)];
    tail_.store(tail + 1, std::memory_order_release);
    return event;
  }

  std::uint64_t dropped() const noexcept { return dropped_.read(); }

 private:
  // Each on a cache line of its own: the two threads would otherwise take the line from each other at every event.
  alignas(64) std::atomic<std::uint64_t> head_{0};
  alignas(64) std::atomic<std::uint64_t> tail_{0};
  alignas(64) Tally<std::uint64_t> dropped_;
  std::array<Event, Capacity> events_{};
};

}  // namespace whiteroom
