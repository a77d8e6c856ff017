import type { Settings } from "../settings/schema.ts";
import { type AlertingRule, alert } from "./alert.ts";
import { promql, valid } from "./expression.ts";
import { watchesApplications } from "./monitored.ts";

/** Failed sign-ins per second of each service; `range` includes brackets and an optional offset. */
export function authFailures(range: string, matchers = ""): string {
  return `sum by (service, cluster, env) ${valid(`rate(whiteroom_auth_attempts_total{${matchers}result="failure"}${range})`)}`;
}

/** Open findings. All replicas report the same scan, so take the maximum. */
export function openFindings(matchers: string): string {
  return `max by (service, cluster, env, scanner, finding_severity) ${valid(`whiteroom_security_findings{${matchers}}`)}`;
}

/** Sign-ins and security findings of a service, over all instances. */
export function securityAlerts(settings: Settings): AlertingRule[] {
  if (!watchesApplications(settings)) return [];
  return [
    ...alert(settings, "UnusualAuthFailures", ({ threshold, window }) => ({
      // `unless` rather than `and >`, so that the alert also fires without history from yesterday.
      expression: promql`
        ${authFailures(`[${window}]`)} > ${threshold}
          unless ${authFailures(`[${window}]`)} <= 3 * ${authFailures("[1h] offset 1d")}`,
      summary: "{{ $labels.service }} rejects {{ $value | humanize }} sign-ins per second",
      description: `Over the last ${window}, {{ $value | humanize }} sign-ins per second failed on {{ $labels.service }}, above the threshold of ${threshold} per second and more than three times the rate at this hour yesterday. This may be a brute-force attack or a broken client.`,
      dashboard: "applicationPerformance",
    })),
    ...alert(settings, "SecurityVulnerabilityDetected", ({ threshold }) => ({
      expression: promql`
        sum by (service, cluster, env) (
          ${openFindings('finding_severity=~"critical|high"')}
        ) > ${threshold}`,
      summary: '{{ $labels.service }} has {{ $value | printf "%.0f" }} critical or high security findings',
      description: `The latest security scans of {{ $labels.service }} found {{ $value | printf "%.0f" }} critical or high vulnerabilities that are still open, more than ${threshold}. The runbook lists the query that names the scanner.`,
      dashboard: "applicationPerformance",
    })),
  ];
}
