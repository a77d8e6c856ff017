import { authFailures, openFindings } from "../../../config/alerts/security.ts";
import type { Row } from "../../lib/dashboard.ts";
import { instant, range, rows } from "../../lib/query.ts";
import { chosenInstance } from "../../lib/selectors.ts";
import { table } from "../../lib/table.ts";
import { anyIs, severityColours } from "../../lib/thresholds.ts";
import { stat, timeSeries } from "../../lib/visualizations.ts";

const chosen = (series: string) => `${series}{${chosenInstance}}`;

/** Deployments, failed sign-ins and security findings. */
export const changesAndSecurity: Row = {
  title: "Deployments and security",
  panels: [
    table(
      {
        title: "Deployed versions",
        description:
          "Running versions and when they were deployed. If an alert started after a deployment, suspect the deployment first.",
        unit: "none",
        width: 10,
        alerts: ["DeploymentCompleted"],
        queries: [
          rows(
            `max by (service, version, revision) (${chosen("whiteroom_build_info")} * on (job, instance, service, cluster, env) group_left () ${chosen("whiteroom_deployment_timestamp_seconds")}) * 1000`,
          ),
        ],
      },
      [
        { of: "service", title: "Service" },
        { of: 0, title: "Deployed", unit: "dateTimeFromNow", width: 150 },
        { of: "version", title: "Version", width: 110 },
        { of: "revision", title: "Revision", width: 110 },
      ],
      { title: "Deployed", descending: true },
    ),
    timeSeries({
      title: "Failed sign-ins",
      description:
        "Failed sign-ins per second, over 5 minutes. A sharp increase may be a brute-force attack or a broken client.",
      unit: "ops",
      min: 0,
      width: 8,
      thresholds: { fires: "above", alerts: ["UnusualAuthFailures"] },
      alerts: ["UnusualAuthFailures"],
      leadsToLogs: true,
      onlySome: "The selected service has no sign-ins.",
      queries: [range(authFailures("[5m]", `${chosenInstance}, `), "{{service}}")],
    }),
    stat({
      title: "Security findings",
      description: "Open vulnerabilities found by the latest scans.",
      unit: "short",
      width: 6,
      alerts: ["SecurityVulnerabilityDetected"],
      thresholdsByName: Object.fromEntries(
        (["critical", "high", "medium", "low"] as const).map((severity) => [
          severity,
          anyIs(severityColours[severity]),
        ]),
      ),
      onlySome: "The selected service reports no scans.",
      queries: [instant(`sum by (finding_severity) (${openFindings(chosenInstance)})`, "{{finding_severity}}")],
    }),
  ],
};
