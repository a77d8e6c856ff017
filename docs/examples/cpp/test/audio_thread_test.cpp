// Records on one thread while two others scrape and a fourth empties the ring, and compares what they saw with what was
// recorded. Built with realtime_guard.cpp it ends at the first allocation or lock on the audio thread; with
// -fsanitize=thread, address or realtime the sanitizer detects them.
//   ./audio_thread_test            the test
//   ./audio_thread_test <misuse>   does what must be detected: allocate, lock, race, overflow

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "audio_collector.h"
#include "audio_meters.h"
#include "event_ring.h"
#include "realtime_guard.h"
#include "render_spans.h"
#include "renderer.h"

namespace {

using namespace std::chrono_literals;
using whiteroom::AudioMeters;
using whiteroom::Direction;

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::exit(1);                                                            \
    }                                                                          \
  } while (false)

struct Numbered {
  std::uint64_t number;
  std::uint64_t check;
};
using Ring = whiteroom::EventRing<Numbered, 256>;

constexpr std::uint64_t renders = 50'000;

/// Every fourth render takes 2 ms, 25 ms (which the bucket 0.025 still contains), 60 ms and 1 s; the buffer lasts 10.7 ms.
constexpr double durations[] = {0.002, 0.025, 0.060, 1.0};

void record(AudioMeters& meters, Ring& ring, std::uint64_t render) noexcept WHITE_ROOM_NONBLOCKING {
  meters.rendered(durations[render % 4]);
  meters.channel_cpu(render % 8, 0.5);
  meters.channel_cpu(AudioMeters::max_channels, 1e9);
  if (render % 10 == 0) meters.xrun(Direction::output);
  ring.push({render, ~render});
}

const prometheus::ClientMetric& find(const std::vector<prometheus::MetricFamily>& families, const char* name,
                                     std::size_t series = 0) {
  for (const auto& family : families) {
    if (family.name == name) return family.metric.at(series);
  }
  std::fprintf(stderr, "no metric %s\n", name);
  std::exit(1);
}

/// What a scraper can be sure of while numbers change: buckets contain those below them, and nothing ever falls.
void scrape(const whiteroom::AudioCollector& collector, const std::atomic<bool>& recording) {
  std::uint64_t seen = 0;
  while (recording.load()) {
    const auto families = collector.Collect();
    const auto& histogram = find(families, "whiteroom_audio_render_duration_seconds").histogram;
    std::uint64_t below = 0;
    for (const auto& bucket : histogram.bucket) {
      CHECK(bucket.cumulative_count >= below);
      below = bucket.cumulative_count;
    }
    CHECK(histogram.sample_count == below);
    CHECK(histogram.sample_count >= seen);
    seen = histogram.sample_count;
    std::this_thread::sleep_for(100us);
  }
}

void nothing_is_lost() {
  const auto meters = std::make_shared<AudioMeters>();
  const auto ring = std::make_unique<Ring>();
  const whiteroom::AudioCollector collector{meters, 8};
  std::atomic<bool> recording{true};
  meters->prepare(48'000, 512);

  std::uint64_t received = 0;
  std::thread log{[&] {
    std::uint64_t next = 0;
    for (bool last = false; !last;) {
      last = !recording.load();
      while (const auto event = ring->pop()) {
        CHECK(event->check == ~event->number);
        CHECK(event->number >= next);
        next = event->number + 1;
        ++received;
      }
      std::this_thread::sleep_for(100us);
    }
  }};
  std::thread first_scraper{[&] { scrape(collector, recording); }};
  std::thread second_scraper{[&] { scrape(collector, recording); }};
  std::thread audio{[&] {
    const RealtimeSection realtime;
    for (std::uint64_t render = 0; render < renders; ++render) {
      record(*meters, *ring, render);
      // A real one waits for the sound card: the others get their turn.
      if (render % 256 == 0) std::this_thread::sleep_for(1ms);
    }
  }};
  audio.join();
  recording = false;
  first_scraper.join();
  second_scraper.join();
  log.join();

  const auto families = collector.Collect();
  const auto& histogram = find(families, "whiteroom_audio_render_duration_seconds").histogram;
  CHECK(histogram.sample_count == renders);
  for (const auto& bucket : histogram.bucket) {
    const double bound = bucket.upper_bound;
    const std::uint64_t quarters = bound < 0.002 ? 0 : bound < 0.025 ? 1 : bound < 0.1 ? 2 : bound <= 0.25 ? 3 : 4;
    CHECK(bucket.cumulative_count == quarters * renders / 4);
  }
  CHECK(find(families, "whiteroom_audio_render_deadline_misses_total").counter.value == renders / 4 * 3);
  CHECK(find(families, "whiteroom_audio_xruns_total", 1).counter.value == renders / 10);
  for (std::size_t channel = 0; channel < 8; ++channel) {
    CHECK(find(families, "whiteroom_audio_channel_cpu_seconds_total", channel).counter.value == renders / 8 * 0.5);
  }
  CHECK(received + ring->dropped() == renders);
  CHECK(received > 0);
  std::printf("%llu renders, %llu events handed over, %llu dropped\n", static_cast<unsigned long long>(renders),
              static_cast<unsigned long long>(received), static_cast<unsigned long long>(ring->dropped()));
}

void a_renderer_measures_itself() {
  AudioMeters meters;
  const auto events = std::make_unique<whiteroom::AudioEvents>();
  // A buffer that lasts no time: every render misses it.
  meters.prepare(1e12, 1);
  whiteroom::Renderer renderer{meters, *events};
  float buffer[64];
  {
    const RealtimeSection realtime;
    for (int render = 0; render < 5; ++render) renderer.process(buffer, 64, 2);
  }
  CHECK(meters.deadline_misses() == 5);
  CHECK(meters.render_seconds() >= meters.channel_seconds(0) + meters.channel_seconds(1));
  for (std::uint64_t render = 0; render < 5; ++render) CHECK(events->pop()->buffer == render);
  CHECK(!events->pop());
}

/// Traces cross to the audio thread and its spans cross back, while a call, the callback and the exporter run at once.
void a_trace_crosses_the_audio_thread() {
  const auto spans = std::make_unique<whiteroom::RenderSpans>();
  constexpr std::uint8_t traces = 200;
  std::atomic<bool> rendering{true};
  std::thread audio{[&] {
    AudioMeters meters;
    const auto events = std::make_unique<whiteroom::AudioEvents>();
    whiteroom::Renderer renderer{meters, *events};
    whiteroom::TracedRenderer traced{renderer, *spans};
    float buffer[64];
    const RealtimeSection realtime;
    while (rendering.load()) traced.process(buffer, 64, 2);
  }};
  std::thread calls{[&] {
    for (std::uint8_t trace = 0; trace < traces; ++trace) {
      CHECK(spans->request({{trace}, {1}, true}));
      CHECK(spans->request({{trace}, {2}, false}));
      std::this_thread::sleep_for(50us);
    }
  }};
  const double deadline = whiteroom::seconds_now() + 30;
  for (std::uint8_t next = 0; next < traces && whiteroom::seconds_now() < deadline;) {
    const auto span = spans->take();
    if (!span) {
      std::this_thread::sleep_for(50us);
      continue;
    }
    CHECK(span->parent.trace_id[0] == next && span->parent.span_id[0] == 1);
    CHECK(span->seconds >= 0 && span->start <= whiteroom::seconds_now());
    ++next;
  }
  calls.join();
  rendering = false;
  audio.join();
  CHECK(!spans->take());
  CHECK(spans->dropped() == 0);
}

// What must be caught; volatile and noinline keep the optimiser from taking the mistake away.
std::mutex some_mutex;
int shared_without_care = 0;

__attribute__((noinline)) void misuse(const char* how) noexcept WHITE_ROOM_NONBLOCKING {
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wfunction-effects"
#endif
  if (std::strcmp(how, "allocate") == 0) {
    std::vector<float>* volatile leaked = new std::vector<float>(512);
    delete leaked;
  }
  if (std::strcmp(how, "lock") == 0) {
    const std::lock_guard lock{some_mutex};
    shared_without_care = shared_without_care + 1;
  }
  if (std::strcmp(how, "overflow") == 0) {
    volatile std::size_t beyond = 8;
    float* const buffer = new float[8];
    buffer[beyond] = 1;
    delete[] buffer;
  }
#if defined(__clang__) && __clang_major__ >= 20
#pragma clang diagnostic pop
#endif
}

void race() {
  std::thread one{[] { for (int i = 0; i < 1000; ++i) shared_without_care = shared_without_care + 1; }};
  std::thread other{[] { for (int i = 0; i < 1000; ++i) shared_without_care = shared_without_care + 1; }};
  one.join();
  other.join();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2) {
    if (std::strcmp(argv[1], "race") == 0) race();
    else {
      const RealtimeSection realtime;
      misuse(argv[1]);
    }
    std::printf("%s was not caught\n", argv[1]);
    return 0;
  }
  nothing_is_lost();
  a_renderer_measures_itself();
  a_trace_crosses_the_audio_thread();
}
