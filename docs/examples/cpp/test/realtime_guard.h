#pragma once

/// While one exists, this thread is an audio thread: allocating or locking ends the program. Needs realtime_guard.cpp; in a
/// program built without it nothing is refused.
class RealtimeSection {
 public:
  RealtimeSection() noexcept { depth_ = depth_ + 1; }
  ~RealtimeSection() { depth_ = depth_ - 1; }
  RealtimeSection(const RealtimeSection&) = delete;
  RealtimeSection& operator=(const RealtimeSection&) = delete;

  static bool entered() noexcept { return depth_ > 0; }

 private:
  static inline thread_local int depth_ = 0;
};
