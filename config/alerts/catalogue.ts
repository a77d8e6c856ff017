import { audioDefinitions, businessDefinitions } from "../white-room/catalogue.ts";
import { burn, count, days, ratio, type Threshold, time } from "./threshold.ts";

/** Teams that own alerts. */
export const teams = ["platform", "audio", "product", "database", "security"] as const;
export type Team = (typeof teams)[number];

/** Placeholder for the team of an alert, which its series provide in the label `team`. */
export const ownTeam = "the probe's";

/** Priority of each severity. */
export const priorities = { critical: "P0", high: "P1", medium: "P2", low: "P3" } as const;
export type Severity = keyof typeof priorities;

/** Defaults of an alert's settings. The expressions are in the file of their subject. */
export interface AlertDefinition {
  readonly severity: Severity | "none";
  /** Severity of a second rule of the same name, for a worse case. */
  readonly worse?: Severity;
  readonly team: Team | typeof ownTeam;
  readonly for: string;
  readonly threshold?: Threshold;
  /** Range of its rate, increase or quantile; absent if the expression has none. */
  readonly window?: string;
}

/** All alerts. `alerting.rules` accepts exactly these names. */
export const alerts = {
  ServiceDown: { severity: "critical", team: "platform", for: "1m" },
  ServiceAbsent: { severity: "critical", team: "platform", for: "2m" },
  HighCpuUsage: { severity: "critical", team: "platform", for: "5m", threshold: ratio(0.9), window: "5m" },
  HighMemoryUsage: { severity: "critical", team: "platform", for: "5m", threshold: ratio(0.9) },
  LowDiskSpace: { severity: "critical", team: "platform", for: "5m", threshold: ratio(0.1) },
  DiskWillFillIn4Hours: { severity: "high", team: "platform", for: "30m", threshold: ratio(0.3), window: "6h" },
  // Longer than a restart of cAdvisor or Docker.
  ContainerMetricsMissing: { severity: "medium", team: "platform", for: "10m" },
  ContainerMemoryNearLimit: { severity: "high", team: "platform", for: "5m", threshold: ratio(0.9) },
  UnusualAuthFailures: {
    severity: "critical",
    team: "security",
    for: "5m",
    threshold: { default: 1, min: 0, max: 1_000_000, unit: "per second" },
    window: "5m",
  },
  SecurityVulnerabilityDetected: { severity: "critical", team: "security", for: "0m", threshold: count(0) },
  HighErrorRate: { severity: "high", team: "platform", for: "5m", threshold: ratio(0.05), window: "5m" },
  HighLatencyP95: { severity: "high", team: "platform", for: "5m", threshold: time(1), window: "5m" },
  ErrorBudgetBurnFast: { severity: "critical", team: "platform", for: "2m", threshold: burn(14.4) },
  ErrorBudgetBurnSlow: { severity: "critical", team: "platform", for: "15m", threshold: burn(6) },
  ErrorBudgetBurnTicket: { severity: "medium", team: "platform", for: "1h", threshold: burn(1) },
  ...audioDefinitions,
  PostgresDown: { severity: "critical", team: "database", for: "1m" },
  RedisDown: { severity: "critical", team: "database", for: "1m" },
  NginxDown: { severity: "critical", team: "platform", for: "1m" },
  PostgresConnectionsNearLimit: { severity: "high", team: "database", for: "5m", threshold: ratio(0.9) },
  PostgresSlowQueries: { severity: "medium", team: "database", for: "2m", threshold: time(60) },
  ...businessDefinitions,
  DeploymentCompleted: { severity: "low", team: "platform", for: "0m", threshold: time(900) },
  Watchdog: { severity: "none", team: "platform", for: "0m" },
  PrometheusRuleFailures: { severity: "high", team: "platform", for: "5m", window: "5m" },
  // Failed notifications are counted once per group_interval, up to 10m apart: no `for`, and a window that spans two.
  NotificationsFailing: { severity: "high", team: "platform", for: "0m", window: "15m" },
  ConfigReloadFailed: { severity: "high", team: "platform", for: "5m" },
  // The collector drops lines in batches after minutes of retries, so `for` would reset between batches.
  LogsDropped: { severity: "high", team: "platform", for: "0m", window: "15m" },
  // The threshold is also how far back the expression looks.
  LogSourceSilent: {
    severity: "medium",
    team: "platform",
    for: "0m",
    threshold: { default: 30, min: 5, max: 1_000, unit: "minutes" },
  },
  SyslogUnparsed: {
    severity: "medium",
    team: "platform",
    for: "10m",
    threshold: { default: 1, min: 0, max: 1_000_000, unit: "per minute" },
    window: "5m",
  },
  // Critical without a wait, because alerts of the service itself agree.
  ProbeFailed: { severity: "high", worse: "critical", team: ownTeam, for: "2m" },
  ProbeSlow: { severity: "medium", team: ownTeam, for: "10m", threshold: time(1, 120), window: "5m" },
  // A failed journey is retried within 30 s, so this takes more than one failure.
  JourneyFailed: { severity: "high", team: ownTeam, for: "2m" },
  CertificateExpiring: { severity: "medium", worse: "high", team: ownTeam, for: "15m", threshold: days(21) },
  SpansDropped: {
    severity: "high",
    team: "platform",
    for: "5m",
    threshold: { default: 0, min: 0, max: 1_000_000, unit: "per second" },
    window: "5m",
  },
  TraceStorageFilling: { severity: "high", team: "platform", for: "10m", threshold: ratio(0.7) },
  ThanosCompactorHalted: { severity: "high", team: "platform", for: "5m" },
  // Blocks are uploaded every two hours.
  ThanosUploadsStale: { severity: "high", team: "platform", for: "15m", window: "6h" },
  ThanosQueryFailing: { severity: "high", team: "platform", for: "10m", threshold: ratio(0.05), window: "5m" },
  ThanosBucketFailing: { severity: "medium", team: "platform", for: "15m", threshold: ratio(0.05), window: "15m" },
  // Iterations over a large bucket take hours.
  ThanosCompactionStalled: { severity: "medium", team: "platform", for: "15m", window: "12h" },
  // An update replaces the compactor within a minute.
  ThanosMultipleCompactors: { severity: "high", team: "platform", for: "5m" },
  // Samples that cannot be sent are kept for about two hours.
  RemoteWriteFailing: {
    severity: "high",
    team: "platform",
    for: "10m",
    threshold: { default: 0, min: 0, max: 1_000_000, unit: "per second" },
    window: "5m",
  },
  ScrapeLimitHit: { severity: "high", team: "platform", for: "5m", window: "5m" },
  // A container that starts successfully on its fourth attempt does not trigger this.
  KubernetesPodCrashLooping: { severity: "high", team: "platform", for: "10m", threshold: count(3), window: "1h" },
  KubernetesPodNotReady: { severity: "medium", team: "platform", for: "15m" },
  KubernetesNodeNotReady: { severity: "high", team: "platform", for: "5m" },
  KubernetesDeploymentNotProgressing: {
    severity: "medium",
    team: "platform",
    for: "5m",
    threshold: count(0),
    window: "10m",
  },
  KubernetesJobFailed: { severity: "medium", team: "platform", for: "0m", window: "24h" },
  KubernetesVolumeFillingUp: { severity: "high", team: "platform", for: "5m", threshold: ratio(0.1) },
  KubernetesCertificateExpiring: {
    severity: "medium",
    team: "platform",
    for: "15m",
    threshold: time(604_800, 31_536_000),
    window: "5m",
  },
  ErrorLogBurst: {
    severity: "medium",
    team: "platform",
    for: "0m",
    threshold: { default: 10, min: 1, max: 10_000, unit: "× normal" },
    window: "5m",
  },
  PostgresFatalErrors: { severity: "medium", team: "database", for: "0m", threshold: count(0), window: "5m" },
  NginxUpstreamFailures: { severity: "high", team: "platform", for: "0m", threshold: count(5), window: "5m" },
} as const satisfies Record<string, AlertDefinition>;

export type AlertName = keyof typeof alerts;
export const alertNames = Object.keys(alerts) as AlertName[];
