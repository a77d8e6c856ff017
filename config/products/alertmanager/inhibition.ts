import type { AlertName } from "../../alerts/catalogue.ts";

/** An inhibition rule as Alertmanager's file has it. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

/** What a service that is gone shows as well: its latency, error rate, budget, audio and FFI. */
const symptoms = [
  "HighLatencyP95",
  "HighErrorRate",
  "ErrorBudgetBurnFast",
  "ErrorBudgetBurnSlow",
  "ErrorBudgetBurnTicket",
  "AudioProcessingOverload",
  "AudioDeadlineMisses",
  "AudioXruns",
  "FfiLatencyHigh",
  "FfiErrorRateHigh",
] as const satisfies AlertName[];

const unreachable = ["PostgresDown", "RedisDown", "NginxDown"] as const satisfies AlertName[];

const only = (names: readonly AlertName[]) =>
  names.length === 1 ? `alertname="${names[0]}"` : `alertname=~"${names.join("|")}"`;
const except = (names: readonly AlertName[]) => `alertname!~"${names.join("|")}"`;

/** Alerts of team security inhibit nothing and are inhibited by nothing. */
const notSecurity = 'team!="security"';

/** A label that both alerts lack counts as equal: the source must have it. */
function inhibit(source: readonly AlertName[], target: string, equal: readonly string[]): InhibitRule {
  return {
    source_matchers: [only(source), notSecurity, ...equal.map((label) => `${label}!=""`)],
    target_matchers: [target, notSecurity],
    equal,
  };
}

/**
 * Which alert silences which, by pairs, and never wider. A server that cannot be reached is no target of another: on one
 * instance each would silence the other.
 */
export const inhibitRules: readonly InhibitRule[] = [
  inhibit(["ServiceDown"], only(symptoms), ["service", "instance"]),
  inhibit(["ServiceAbsent"], only(symptoms), ["service"]),
  inhibit(unreachable, except([...unreachable, "Watchdog"]), ["instance"]),
  inhibit(["LowDiskSpace"], only(["DiskWillFillIn4Hours"]), ["instance", "mountpoint"]),
];
