#include "ffi.h"

#include <chrono>
#include <iostream>
#include <stdexcept>
#include <string>

#include "log_line.h"

namespace {

whiteroom::FfiMetrics* ffi = nullptr;

void load_song(const std::string& path) {
  if (path.empty()) throw std::invalid_argument("no path");
}

}  // namespace

void whiteroom::measure_ffi_with(FfiMetrics& metrics) { ffi = &metrics; }

int wr_load_song(const char* path, const char* trace_id) noexcept {
  return ffi->call(whiteroom::FfiFunction::load_song, [&] {
    try {
      load_song(path);
      return true;
    } catch (const std::exception& error) {
      const whiteroom::LogEntry entry{
          whiteroom::Level::error, "ffi call failed", trace_id, {{"function", "load_song"}, {"reason", error.what()}}};
      std::cout << whiteroom::engine_line(entry, std::chrono::system_clock::now()) + "\n" << std::flush;
      return false;
    }
  });
}
