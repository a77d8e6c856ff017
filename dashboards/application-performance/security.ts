import { authFailures, openFindings } from "../../config/alerts/security.ts";
import type { Row } from "../lib/dashboard.ts";
import { instant, range, rows } from "../lib/query.ts";
import { chosenInstance } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { anyIs, severityColours } from "../lib/thresholds.ts";
import { stat, timeSeries } from "../lib/visualizations.ts";

const chosen = (series: string) => `${series}{${chosenInstance}}`;

/** What was deployed, who is refused, and what scans found. */
export const changesAndSecurity: Row = {
  title: "Deployments and security",
  panels: [
    table(
      {
        title: "Deployed versions",
        description: "What runs, and since when. If an alert began after that, suspect the deployment first.",
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
        "Sign-ins a second that were refused, over 5 minutes. Many more than usual: somebody tries passwords, or a client is broken.",
      unit: "ops",
      min: 0,
      width: 8,
      thresholds: { fires: "above", alerts: ["UnusualAuthFailures"] },
      alerts: ["UnusualAuthFailures"],
      leadsToLogs: true,
      onlySome: "Nobody signs in at the chosen service.",
      queries: [range(authFailures("[5m]", `${chosenInstance}, `), "{{service}}")],
    }),
    stat({
      title: "Security findings",
      description: "Vulnerabilities that the last scans found and that are still open.",
      unit: "short",
      width: 6,
      alerts: ["SecurityVulnerabilityDetected"],
      thresholdsByName: Object.fromEntries(
        (["critical", "high", "medium", "low"] as const).map((severity) => [
          severity,
          anyIs(severityColours[severity]),
        ]),
      ),
      onlySome: "The chosen service reports no scans.",
      queries: [instant(`sum by (finding_severity) (${openFindings(chosenInstance)})`, "{{finding_severity}}")],
    }),
  ],
};
