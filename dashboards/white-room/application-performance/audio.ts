import type { Settings } from "../../../config/settings/schema.ts";
import { whiteRoomRecorded as recorded } from "../../../config/white-room/recording.ts";
import type { Row } from "../../lib/dashboard.ts";
import { range } from "../../lib/query.ts";
import { chosenInstance } from "../../lib/selectors.ts";
import { timeSeries } from "../../lib/visualizations.ts";

const chosen = (series: string) => `${series}{${chosenInstance}}`;
const deadline = "buffer deadline";
const noAudio = "The selected service renders no audio.";
const noCalls = "The selected service makes no FFI calls.";

/** Rendering, and calls from Swift into the C++ engine. */
export function audio(settings: Settings): Row[] {
  return [{ title: "Audio", panels: [renderTime, deadlineMisses, xruns(settings), channels] }, ffi];
}

const renderTime = timeSeries({
  title: "Audio render time, P99",
  description:
    "P99 of the render time of audio buffers over 5 minutes. The dashed grey line is the duration of a buffer; rendering that takes longer is audible as a gap.",
  unit: "s",
  min: 0,
  width: 12,
  thresholds: { fires: "above", alerts: ["AudioProcessingOverload"] },
  alerts: ["AudioProcessingOverload"],
  leadsToLogs: true,
  dashed: { [deadline]: "text" },
  onlySome: noAudio,
  queries: [
    range(`max by (service, instance) (${chosen(recorded.renderP99)})`, "{{instance}}"),
    range(`min(${chosen("whiteroom_audio_buffer_period_seconds")})`, deadline),
  ],
});

const deadlineMisses = timeSeries({
  title: "Missed buffer deadlines",
  description: "Share of audio buffers that were not ready in time, over 5 minutes.",
  unit: "percentunit",
  min: 0,
  width: 12,
  thresholds: { fires: "above", alerts: ["AudioDeadlineMisses"] },
  alerts: ["AudioDeadlineMisses"],
  leadsToLogs: true,
  onlySome: noAudio,
  queries: [range(`max by (service, instance) (${chosen(recorded.deadlineMissRatio)})`, "{{instance}}")],
});

function xruns({ alerting }: Settings) {
  const asRecorded = alerting.rules.AudioXruns.window === "5m";
  return timeSeries({
    title: "XRUN rate",
    description: "Buffer underruns and overruns of the audio device in 5 minutes. Each one is an audible click.",
    unit: "short",
    decimals: 0,
    min: 0,
    width: 12,
    // Show the threshold only if the alert uses the same window.
    ...(asRecorded && { thresholds: { fires: "above", alerts: ["AudioXruns"] } }),
    alerts: ["AudioXruns"],
    leadsToLogs: true,
    onlySome: noAudio,
    queries: [range(`max by (service, instance) (${chosen(recorded.xruns)})`, "{{instance}}")],
  });
}

const channels = timeSeries(
  {
    title: "CPU by channel",
    description: "CPU usage of each mixer channel, over all selected instances. 100 % is one CPU.",
    unit: "percentunit",
    min: 0,
    width: 12,
    onlySome: noAudio,
    queries: [
      range(
        `sum by (channel) (rate(${chosen("whiteroom_audio_channel_cpu_seconds_total")}[$__rate_interval]))`,
        "channel {{channel}}",
      ),
    ],
  },
  "stacked",
);

const ffi: Row = {
  title: "FFI",
  panels: [
    timeSeries({
      title: "FFI P99 latency",
      description:
        "P99 of the duration of FFI calls from Swift over 5 minutes, by function, on the slowest instance. The UI freezes during a call.",
      unit: "s",
      min: 0,
      width: 8,
      thresholds: { fires: "above", alerts: ["FfiLatencyHigh"] },
      alerts: ["FfiLatencyHigh"],
      onlySome: noCalls,
      queries: [range(`max by (function) (${chosen(recorded.ffiP99)})`, "{{function}}")],
    }),
    timeSeries({
      title: "FFI error rate",
      description: "Share of failed FFI calls, over 5 minutes.",
      unit: "percentunit",
      min: 0,
      width: 8,
      thresholds: { fires: "above", alerts: ["FfiErrorRateHigh"] },
      alerts: ["FfiErrorRateHigh"],
      leadsToLogs: true,
      onlySome: noCalls,
      queries: [range(`max by (service, instance) (${chosen(recorded.ffiErrorRatio)})`, "{{instance}}")],
    }),
    timeSeries(
      {
        title: "FFI calls",
        description: "FFI calls per second from Swift into the C++ engine, by function.",
        unit: "ops",
        min: 0,
        width: 8,
        onlySome: noCalls,
        queries: [range(`sum by (function) (${chosen(recorded.ffiCalls)})`, "{{function}}")],
      },
      "stacked",
    ),
  ],
};
