import type { AlertDefinition } from "../alerts/catalogue.ts";
import { count, ratio, time } from "../alerts/threshold.ts";

/** Rendering, the audio device, calls into the C++ engine. */
export const audioDefinitions = {
  AudioProcessingOverload: { severity: "high", team: "audio", for: "2m", threshold: time(0.025, 10), window: "5m" },
  AudioDeadlineMisses: { severity: "high", team: "audio", for: "2m", threshold: ratio(0.001), window: "5m" },
  AudioXruns: { severity: "medium", team: "audio", for: "0m", threshold: count(5), window: "5m" },
  FfiLatencyHigh: { severity: "high", team: "audio", for: "5m", threshold: time(0.1, 60), window: "5m" },
  FfiErrorRateHigh: { severity: "high", team: "audio", for: "5m", threshold: ratio(0.01), window: "5m" },
} as const satisfies Record<string, AlertDefinition>;

/** User activity. */
export const businessDefinitions = {
  LowActiveUsers: { severity: "medium", team: "product", for: "15m", threshold: count(10) },
  SongCreationRateDropped: { severity: "medium", team: "product", for: "30m", threshold: ratio(0.5), window: "1h" },
  NewUserSignup: { severity: "low", team: "product", for: "0m", threshold: { ...count(1), min: 1 }, window: "15m" },
} as const satisfies Record<string, AlertDefinition>;
