import { type AlertingRule, alert } from "../alerts/alert.ts";
import { percent, promql, targetLabels, time } from "../alerts/expression.ts";
import { watchesApplications } from "../alerts/monitored.ts";
import { quantile, recordedWindow } from "../alerts/rates.ts";
import type { Settings } from "../settings/schema.ts";
import { deadlineMissRatio, ffiErrorRatio, whiteRoomRecorded as recorded, xruns } from "./recording.ts";

/** Rendering, the audio device, calls into the C++ engine. */
export function audioAlerts(settings: Settings): AlertingRule[] {
  if (!watchesApplications(settings)) return [];
  return [...rendering(settings), ...calls(settings)];
}

function rendering(settings: Settings): AlertingRule[] {
  return [
    ...alert(settings, "AudioProcessingOverload", ({ threshold, window }) => ({
      expression:
        window === recordedWindow
          ? `${recorded.renderP99} > ${threshold}`
          : `(${quantile(0.99, "whiteroom_audio_render_duration_seconds", window)}) > ${threshold}`,
      summary: "{{ $labels.service }} is overloaded: P99 render time is {{ $value | humanizeDuration }}",
      description: `Over the last ${window}, 1 % of the audio buffers took {{ $value | humanizeDuration }} or longer to render on {{ $labels.instance }}, above the threshold of ${time(threshold)}. Users hear clicks and dropouts, or are about to.`,
      dashboard: "applicationPerformance",
    })),
    ...alert(settings, "AudioDeadlineMisses", ({ threshold, window }) => ({
      expression:
        window === recordedWindow
          ? `${recorded.deadlineMissRatio} > ${threshold}`
          : promql`
              (${deadlineMissRatio(window)})
                > ${threshold}`,
      summary: "{{ $labels.service }} misses the deadline of {{ $value | humanizePercentage }} of its audio buffers",
      description: `Over the last ${window}, {{ $value | humanizePercentage }} of the audio buffers on {{ $labels.instance }} were not ready when the device needed them, above the threshold of ${percent(threshold)}. Each one is a gap that users can hear.`,
      dashboard: "applicationPerformance",
    })),
    ...alert(settings, "AudioXruns", ({ threshold, window }) => ({
      expression: window === recordedWindow ? `${recorded.xruns} > ${threshold}` : `${xruns(window)} > ${threshold}`,
      summary: '{{ $labels.service }} had {{ $value | printf "%.0f" }} XRUNs',
      description: `The audio device of {{ $labels.instance }} had {{ $value | printf "%.0f" }} buffer underruns or overruns in the last ${window}, more than ${threshold}. Each one is an audible click.`,
      dashboard: "applicationPerformance",
    })),
  ];
}

function calls(settings: Settings): AlertingRule[] {
  const labels = `${targetLabels}, function`;
  return [
    ...alert(settings, "FfiLatencyHigh", ({ threshold, window }) => ({
      expression:
        window === recordedWindow
          ? `${recorded.ffiP99} > ${threshold}`
          : `(${quantile(0.99, "whiteroom_ffi_call_duration_seconds", window, labels)}) > ${threshold}`,
      summary: "FFI call {{ $labels.function }} is slow: P99 is {{ $value | humanizeDuration }}",
      description: `Over the last ${window}, 1 % of the calls from Swift to {{ $labels.function }} in {{ $labels.service }} on {{ $labels.instance }} took {{ $value | humanizeDuration }} or longer, above the threshold of ${time(threshold)}. The interface freezes while it waits.`,
      dashboard: "applicationPerformance",
    })),
    ...alert(settings, "FfiErrorRateHigh", ({ threshold, window }) => ({
      expression:
        window === recordedWindow
          ? `${recorded.ffiErrorRatio} > ${threshold}`
          : promql`
              (${ffiErrorRatio(window)})
                > ${threshold}`,
      summary: "{{ $value | humanizePercentage }} of FFI calls in {{ $labels.service }} fail",
      description: `Over the last ${window}, {{ $value | humanizePercentage }} of the calls from Swift into the C++ engine failed in {{ $labels.service }} on {{ $labels.instance }}, above the threshold of ${percent(threshold)}. User actions fail.`,
      dashboard: "applicationPerformance",
    })),
  ];
}
