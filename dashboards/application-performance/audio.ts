import { recorded } from "../../config/alerts/recording.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import { range } from "../lib/query.ts";
import { chosenInstance } from "../lib/selectors.ts";
import { timeSeries } from "../lib/visualizations.ts";

const chosen = (series: string) => `${series}{${chosenInstance}}`;
const deadline = "buffer deadline";
const noAudio = "The chosen service renders no audio.";
const noCalls = "The chosen service makes no calls into the engine.";

/** Rendering, and calls from Swift into the C++ engine. */
export function audio(settings: Settings): Row[] {
  return [{ title: "Audio", panels: [renderTime, deadlineMisses, xruns(settings), channels] }, ffi];
}

const renderTime = timeSeries({
  title: "Audio render time, P99",
  description:
    "One audio buffer in a hundred took this long or longer to render, over 5 minutes. The dashed grey line is the time a buffer lasts: what takes longer is heard as a gap.",
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
  description: "Share of the audio buffers that were not ready when the device needed them, over 5 minutes.",
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
    description: "How often the audio device ran empty or over in 5 minutes. Each time is an audible click.",
    unit: "short",
    decimals: 0,
    min: 0,
    width: 12,
    // An alert that counts over another window has another number.
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
    description: "CPU time that each mixer channel takes, over all chosen instances. 100 % is one CPU.",
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
        "One call in a hundred from Swift to the function took this long or longer, over 5 minutes, on the slowest instance. The interface freezes while it waits.",
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
      description: "Share of the calls that failed, over 5 minutes.",
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
        description: "Calls a second from Swift into the C++ engine, by function.",
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
