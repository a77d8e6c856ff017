import { alertNames } from "../../../config/alerts/catalogue.ts";
import type { Case } from "../case.ts";

/** Alerts that fire with nothing to look at: the one because it always does, the other because that is what it is for. */
export const firesWithoutData: readonly string[] = ["Watchdog", "ServiceAbsent"];

/** Alerts of Loki's ruler, which promtool does not know. */
export const fromLogs: readonly string[] = ["ErrorLogBurst", "PostgresFatalErrors", "NginxUpstreamFailures"];

/** With no series at all, for two hours, nothing else fires. */
export const noData: Case = {
  alert: "ServiceDown",
  proves: "no data",
  name: "no series at all",
  step: "4m",
  series: {},
  checks: alertNames
    .filter((alert) => !firesWithoutData.includes(alert) && !fromLogs.includes(alert))
    .map((alert) => ({ at: "2h", alert, firing: [] })),
};
