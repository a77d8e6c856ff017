import type { AlertName } from "../../alerts/catalogue.ts";
import { agreeing, symptoms } from "../../alerts/held.ts";

/** An inhibition rule of Alertmanager. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal: readonly string[];
}

const unreachable = ["PostgresDown", "RedisDown", "NginxDown"] as const satisfies AlertName[];

const only = (names: readonly AlertName[]) =>
  names.length === 1 ? `alertname="${names[0]}"` : `alertname=~"${names.join("|")}"`;
const except = (names: readonly AlertName[]) => `alertname!~"${names.join("|")}"`;

/** Alerts of team security neither inhibit nor are inhibited. */
const notSecurity = 'team!="security"';

/** Labels missing in both alerts count as equal, so the source must have them. */
function inhibit(source: readonly AlertName[], target: string, equal: readonly string[]): InhibitRule {
  return {
    source_matchers: [only(source), notSecurity, ...equal.map((label) => `${label}!=""`)],
    target_matchers: [target, notSecurity],
    equal,
  };
}

/**
 * Inhibition rules, by pairs of alerts. The alerts for unreachable servers are excluded as targets of each other, because on
 * the same instance they would inhibit each other.
 */
export const inhibitRules: readonly InhibitRule[] = [
  inhibit(["ServiceDown"], only(symptoms), ["service", "instance"]),
  inhibit(["ServiceAbsent"], only(symptoms), ["service"]),
  inhibit(unreachable, except([...unreachable, "Watchdog"]), ["instance"]),
  // One pod: its target is down, its container runs out of memory and keeps crashing, or is not ready.
  inhibit(["ServiceDown"], only(["KubernetesPodCrashLooping", "KubernetesPodNotReady"]), [
    "cluster",
    "namespace",
    "pod",
  ]),
  inhibit(["ContainerMemoryNearLimit"], only(["KubernetesPodCrashLooping"]), [
    "cluster",
    "namespace",
    "pod",
    "container",
  ]),
  // One page: the probe shows what the service's own alerts mean for users, so it is the one that pages.
  {
    source_matchers: ['alertname="ProbeFailed"', 'severity="critical"', notSecurity, 'service!=""'],
    target_matchers: [only(agreeing), notSecurity],
    equal: ["service"],
  },
  inhibit(unreachable, only(["ProbeFailed"]), ["service"]),
  // Of one probe: a timeout is slow as well.
  inhibit(["ProbeFailed"], only(["ProbeSlow"]), ["service", "probe"]),
  // A journey fails where its service is down, or where a probe fails already.
  inhibit(["ServiceDown", "ServiceAbsent", "ProbeFailed"], only(["JourneyFailed"]), ["service"]),
  // It halted, so it finishes no iteration.
  inhibit(["ThanosCompactorHalted"], only(["ThanosCompactionStalled"]), ["cluster", "instance"]),
  inhibit(["LowDiskSpace"], only(["DiskWillFillIn4Hours"]), ["instance", "mountpoint"]),
];
