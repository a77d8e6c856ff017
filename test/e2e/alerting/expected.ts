/** Receivers by priority, and by team where a team adds or replaces some. */
const told = {
  P0: ["pagerduty critical", "slack #alerts", "email oncall@white-room.example"],
  P1: ["pagerduty high", "slack #alerts", "email oncall@white-room.example"],
  P2: ["slack #ops", "email oncall@white-room.example"],
  "P0 security": [
    "pagerduty security",
    "slack #alerts",
    "slack #security",
    "email oncall@white-room.example",
    "email security@white-room.example",
  ],
  "P0 database": [
    "pagerduty critical",
    "slack #alerts",
    "slack #database-team",
    "email oncall@white-room.example",
    "email database@white-room.example",
  ],
  "P2 database": ["slack #ops", "slack #database-team", "email oncall@white-room.example"],
} as const;

/** The matrix: exactly the alerts that each fault raises; `alert service`: its receivers. */
export const matrix = {
  errors: {
    "HighErrorRate juce-backend": "P1",
    "ErrorBudgetBurnFast juce-backend": "P0",
    "ErrorLogBurst juce-backend": "P2",
    "ErrorLogBurst nginx": "P2",
  },
  latency: { "HighLatencyP95 juce-backend": "P1" },
  "audio-overload": {
    "AudioProcessingOverload audio-engine": "P1",
    "AudioDeadlineMisses audio-engine": "P1",
    "AudioXruns audio-engine": "P2",
  },
  "ffi-slow": { "FfiLatencyHigh audio-engine": "P1" },
  "auth-failures": { "UnusualAuthFailures juce-backend": "P0 security" },
  silence: { "LowActiveUsers product": "P2" },
  "crash of juce-backend": {
    "ServiceDown juce-backend": "P0",
    "ProbeFailed demo": "P1",
    "JourneyFailed demo-song": "P1",
    "NginxUpstreamFailures nginx": "P1",
    "ErrorLogBurst nginx": "P2",
  },
  "crash of swift-frontend": { "ServiceDown swift-frontend": "P0" },
  "crash of audio-engine, its FFI already slow": { "ServiceDown audio-engine": "P0" },
  certificate: { "CertificateExpiring demo": "P1" },
  "login-broken": { "JourneyFailed demo-song": "P1" },
  dns: { "ProbeFailed demo-dns": "P1" },
  "postgres stopped": {
    "JourneyFailed demo-song": "P1",
    "PostgresDown postgres": "P0 database",
    "PostgresFatalErrors postgres": "P2 database",
    "HighErrorRate juce-backend": "P1",
    "ErrorBudgetBurnFast juce-backend": "P0",
    "ErrorLogBurst juce-backend": "P2",
    "ErrorLogBurst nginx": "P2",
  },
  "redis stopped": { "RedisDown redis": "P0 database" },
  "nginx stopped": { "NginxDown nginx": "P0", "ProbeFailed demo": "P1", "JourneyFailed demo-song": "P1" },
} as const satisfies Record<string, Record<string, keyof typeof told>>;

export type Fault = keyof typeof matrix;

/** Loki evaluates once a minute, so these may fire after the fault is over. */
export const fromLogs = ["ErrorLogBurst", "PostgresFatalErrors", "NginxUpstreamFailures"];

/** Alerts whose range or evaluation interval is much longer than the fault: they may resolve during the next one. */
export const slowToResolve = ["ErrorBudgetBurnFast", ...fromLogs];

/** Alerts with a series per function: rarely called functions join the group later. */
export const growing = ["FfiLatencyHigh"];

/** `alert service → receiver` of everything that faults raise together. */
export function expected(faults: readonly Fault[]): string[] {
  return faults
    .flatMap((fault) =>
      Object.entries(matrix[fault] as Record<string, keyof typeof told>).flatMap(([alert, who]) =>
        told[who].map((way) => `${alert} → ${way}`),
      ),
    )
    .sort();
}
