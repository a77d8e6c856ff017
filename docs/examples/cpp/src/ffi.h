#pragma once

#include "ffi_metrics.h"

namespace whiteroom {

/// Before the first call from Swift.
void measure_ffi_with(FfiMetrics& metrics);

}  // namespace whiteroom

extern "C" {

/// 0, or -1 when the song cannot be loaded. `trace_id`: 32 hexadecimal digits of the trace that the call belongs to, or "".
int wr_load_song(const char* path, const char* trace_id) noexcept;

}
