import { alertNames } from "../../../config/alerts/catalogue.ts";
import type { Case } from "../case.ts";

/** Alerts that fire without any series: Watchdog always fires, and ServiceAbsent fires because they are missing. */
export const firesWithoutData: readonly string[] = ["Watchdog", "ServiceAbsent"];

/** Alerts evaluated by Loki's ruler, which promtool cannot test. */
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
