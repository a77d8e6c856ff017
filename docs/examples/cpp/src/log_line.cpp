#include "log_line.h"

#include <algorithm>
#include <cstdio>
#include <ctime>

namespace whiteroom {
namespace {

/// RFC 3339 in UTC with milliseconds.
std::string rfc3339(Time time) {
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  const std::time_t seconds = milliseconds / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  const auto length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text + length, sizeof text - length, ".%03dZ", static_cast<int>(milliseconds % 1000));
  return text;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

/// A line feed in a message must stay inside its string: a line that begins with anything but "{" belongs to the entry
/// before it.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char character : text) {
    switch (character) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(character) < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(character));
          out += escape;
        } else {
          out += character;
        }
    }
  }
  return out + "\"";
}

/// One line: without the line feeds, at which the collector would begin another entry.
std::string on_one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

const char* spdlog_level(Level level) {
  switch (level) {
    case Level::debug: return "debug";
    case Level::info: return "info";
    case Level::warn: return "warning";
    case Level::error: return "error";
    case Level::critical: return "critical";
  }
  return "info";
}

const char* engine_level(Level level) {
  switch (level) {
    case Level::debug: return "DEBUG";
    case Level::info: return "INFO";
    case Level::warn: return "WARN";
    case Level::error: return "ERROR";
    case Level::critical: return "CRITICAL";
  }
  return "INFO";
}

}  // namespace

std::string backend_line(const LogEntry& entry, Time time) {
  std::string line = "{\"timestamp\":" + quoted(rfc3339(time)) + ",\"level\":" + quoted(spdlog_level(entry.level)) +
                     ",\"service\":\"juce-backend\",\"message\":" + quoted(entry.message);
  if (!entry.trace_id.empty()) line += ",\"trace_id\":" + quoted(entry.trace_id);
  for (const auto& [key, value] : entry.fields) {
    const auto* text = std::get_if<std::string>(&value);
    line += "," + quoted(key) + ":" + (text != nullptr ? quoted(*text) : number(std::get<double>(value)));
  }
  return line + "}";
}

std::string engine_line(const LogEntry& entry, Time time) {
  std::string line = rfc3339(time) + " " + engine_level(entry.level) + " audio-engine: " + on_one_line(entry.message);
  for (const auto& [key, value] : entry.fields) {
    const auto* text = std::get_if<std::string>(&value);
    line += " " + key + "=" + (text != nullptr ? on_one_line(*text) : number(std::get<double>(value)));
  }
  if (!entry.trace_id.empty()) line += " trace_id=" + entry.trace_id;
  return line;
}

}  // namespace whiteroom
