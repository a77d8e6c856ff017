#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace whiteroom {

enum class Level { debug, info, warn, error, critical };

using Time = std::chrono::system_clock::time_point;

/// One thing that a service says. An empty trace id is left out.
struct LogEntry {
  Level level;
  std::string message;
  std::string trace_id;
  std::vector<std::pair<std::string, std::variant<std::string, double>>> fields;
};

/// The juce-backend's dialect: one JSON object a line, spdlog's level names.
std::string backend_line(const LogEntry& entry, Time time);

/// The audio-engine's dialect: plain text with `key=value` at its end.
std::string engine_line(const LogEntry& entry, Time time);

}  // namespace whiteroom
