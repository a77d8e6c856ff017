import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql } from "./expression.ts";
import { watchesApplications } from "./parts.ts";

/** Refused sign-ins a second of each service; `range` with its brackets and, where wanted, an offset. */
export function authFailures(range: string, matchers = ""): string {
  return `sum by (service, cluster, env) (rate(whiteroom_auth_attempts_total{${matchers}result="failure"}${range}))`;
}

/** Open findings. Each replica reports the same scan: the highest of them counts. */
export function openFindings(matchers: string): string {
  return `max by (service, cluster, env, scanner, finding_severity) (whiteroom_security_findings{${matchers}})`;
}

/** Sign-ins and findings, of a service over all its instances. */
export function securityAlerts(settings: Settings): AlertingRule[] {
  if (!watchesApplications(settings)) return [];
  return [
    ...alert(settings, "UnusualAuthFailures", ({ threshold, window }) => ({
      // `unless` and not `and >`: where yesterday has no history, nothing is taken away.
      expression: promql`
        ${authFailures(`[${window}]`)} > ${threshold}
          unless ${authFailures(`[${window}]`)} <= 3 * ${authFailures("[1h] offset 1d")}`,
      summary: "{{ $labels.service }} refuses {{ $value | humanize }} sign-ins a second",
      description: `Over the last ${window} {{ $value | humanize }} sign-ins a second failed on {{ $labels.service }}: above ${threshold} a second, and more than three times as many as at this hour yesterday. Somebody may be trying passwords; a broken client looks the same.`,
      dashboard: "applicationPerformance",
    })),
    ...alert(settings, "SecurityVulnerabilityDetected", ({ threshold }) => ({
      expression: promql`
        sum by (service, cluster, env) (
          ${openFindings('finding_severity=~"critical|high"')}
        ) > ${threshold}`,
      summary: '{{ $labels.service }} has {{ $value | printf "%.0f" }} critical or high security findings',
      description: `The last security scans of {{ $labels.service }} found {{ $value | printf "%.0f" }} critical or high vulnerabilities that are still open, more than ${threshold}. The runbook lists the query that names the scanner.`,
      dashboard: "applicationPerformance",
    })),
  ];
}
