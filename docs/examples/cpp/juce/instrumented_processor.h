#pragma once

#include <juce_audio_devices/juce_audio_devices.h>
#include <juce_audio_processors/juce_audio_processors.h>

#include <algorithm>
#include <cstdint>

#include "../src/audio_meters.h"
#include "../src/renderer.h"

namespace whiteroom {

/// Measures any juce::AudioProcessor: derive from it and render in renderBlock().
class InstrumentedProcessor : public juce::AudioProcessor {
 public:
  explicit InstrumentedProcessor(AudioMeters& meters, AudioEvents& events) : meters_(meters), events_(events) {}

  void prepareToPlay(double sampleRate, int maximumExpectedSamplesPerBlock) override {
    meters_.prepare(sampleRate, maximumExpectedSamplesPerBlock);
  }

  void processBlock(juce::AudioBuffer<float>& buffer, juce::MidiBuffer& midi) override {
    const juce::ScopedNoDenormals noDenormals;
    const double start = seconds_now();
    renderBlock(buffer, midi);
    // Offline bounces have no deadline, and would hide the renders that listeners heard.
    if (isNonRealtime()) return;
    const double seconds = seconds_now() - start;
    meters_.rendered(seconds);
    if (seconds > meters_.buffer_period()) events_.push({rendered_, seconds});
    ++rendered_;
  }

 protected:
  virtual void renderBlock(juce::AudioBuffer<float>& buffer, juce::MidiBuffer& midi) = 0;

 private:
  AudioMeters& meters_;
  AudioEvents& events_;
  std::uint64_t rendered_ = 0;
};

/// Asks the device for its XRUNs twice a second, on the message thread. JUCE tells one number for both directions, which is
/// -1 where the device counts none and begins at 0 again with each start.
class XrunWatch : private juce::Timer {
 public:
  XrunWatch(juce::AudioDeviceManager& devices, AudioMeters& meters) : devices_(devices), meters_(meters) {
    startTimerHz(2);
  }

 private:
  void timerCallback() override {
    const juce::AudioIODevice* device = devices_.getCurrentAudioDevice();
    const int now = device == nullptr ? 0 : std::max(device->getXRunCount(), 0);
    for (int count = now < seen_ ? 0 : seen_; count < now; ++count) meters_.xrun(Direction::output);
    seen_ = now;
  }

  juce::AudioDeviceManager& devices_;
  AudioMeters& meters_;
  int seen_ = 0;
};

}  // namespace whiteroom
