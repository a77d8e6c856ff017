// The audio-engine's instrumentation: an audio thread that only touches AudioMeters and an EventRing, a log thread that
// empties the ring, calls from Swift, and /metrics.
//   ./engine <metrics address:port>

#include <prometheus/exposer.h>

#include <atomic>
#include <array>
#include <chrono>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "audio_collector.h"
#include "audio_meters.h"
#include "build_metrics.h"
#include "event_ring.h"
#include "ffi.h"
#include "ffi_metrics.h"
#include "log_line.h"
#include "renderer.h"

namespace {

using namespace std::chrono_literals;

constexpr double sample_rate = 48'000;
constexpr int frames = 512;
constexpr std::size_t channels = 8;

/// Stands for the sound card's driver, which asks for a buffer every 10.7 ms.
void play(whiteroom::Renderer& renderer, const std::atomic<bool>& running) {
  std::array<float, frames> buffer;
  const auto period = std::chrono::duration_cast<std::chrono::steady_clock::duration>(1s * frames / sample_rate);
  auto due = std::chrono::steady_clock::now();
  while (running.load(std::memory_order_relaxed)) {
    renderer.process(buffer.data(), frames, channels);
    std::this_thread::sleep_until(due += period);
  }
}

/// Writes what the audio thread noticed. Looking ten times a second is soon enough for a log.
void write_events(whiteroom::AudioEvents& events, const std::atomic<bool>& running) {
  while (running.load(std::memory_order_relaxed)) {
    while (const auto event = events.pop()) {
      const whiteroom::LogEntry entry{
          whiteroom::Level::warn,
          "render deadline missed",
          "",
          {{"took_ms", event->seconds * 1000}, {"buffer", static_cast<double>(event->buffer)}},
      };
      std::cout << whiteroom::engine_line(entry, std::chrono::system_clock::now()) + "\n" << std::flush;
    }
    std::this_thread::sleep_for(100ms);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: engine <metrics address:port>\n";
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  // Before any thread is made, so that all of them leave the signal to sigwait() below.
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  auto meters = std::make_shared<whiteroom::AudioMeters>();
  auto events = std::make_unique<whiteroom::AudioEvents>();
  meters->prepare(sample_rate, frames);
  whiteroom::Renderer renderer{*meters, *events};

  auto registry = std::make_shared<prometheus::Registry>();
  whiteroom::FfiMetrics ffi{*registry};
  whiteroom::measure_ffi_with(ffi);
  whiteroom::add_build_metrics(*registry, "2.14.0", "9f3c1d7", std::chrono::system_clock::now());
  const auto collector = std::make_shared<whiteroom::AudioCollector>(meters, channels);

  prometheus::Exposer exposer{argv[1]};
  exposer.RegisterCollectable(registry);
  exposer.RegisterCollectable(collector);

  std::atomic<bool> running{true};
  std::thread audio{[&] { play(renderer, running); }};
  std::thread log{[&] { write_events(*events, running); }};

  const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  wr_load_song("moonlight.wrs", trace.c_str());
  wr_load_song("", trace.c_str());

  int signal = 0;
  sigwait(&ends, &signal);
  running = false;
  audio.join();
  log.join();
  return 0;
}
