import { hasLoki } from "../../config/products/loki/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { age, bySeverity, countOf, firingOf } from "../lib/alerts.ts";
import type { Row } from "../lib/dashboard.ts";
import { tracesOfCell } from "../lib/links.ts";
import { instant, mayBeEmpty, range, rows } from "../lib/query.ts";
import { table } from "../lib/table.ts";
import { anyIs, severityColours } from "../lib/thresholds.ts";
import { stat, timeSeries } from "../lib/visualizations.ts";

const thresholdsByName = Object.fromEntries(
  bySeverity.map(([severity, priority]) => [priority, anyIs(severityColours[severity])]),
);
const colours = Object.fromEntries(bySeverity.map(([severity, priority]) => [priority, severityColours[severity]]));

/** Firing alerts. */
export function incidents(settings: Settings): Row {
  return {
    title: "Active incidents",
    panels: [
      stat({
        title: "Active incidents by priority",
        description: "Firing alerts. P0 needs immediate action, P3 is informational.",
        unit: "short",
        width: 8,
        thresholdsByName,
        queries: bySeverity.map(([, priority]) => instant(countOf(priority), priority)),
      }),
      table(
        {
          title: "Active incidents",
          description: `Firing Prometheus alerts, most urgent first. The age counts from when the condition became true. Click a name to open the runbook${
            settings.tracing.enabled ? ", or a service to find its traces in the dashboard's time range" : ""
          }.${hasLoki(settings) ? " Log-based alerts are evaluated by Loki; see Alerting in the Grafana menu." : ""}`,
          unit: "s",
          width: 16,
          queries: [mayBeEmpty("No alerts are firing.", rows(age))],
        },
        [
          { of: "priority", title: "Priority", width: 95, words: priorityWords() },
          {
            of: "alertname",
            title: "Alert",
            minWidth: 210,
            link: { title: "Runbook", url: `${settings.alerting.runbookUrl}/\${__value.raw}.md` },
          },
          { of: 0, title: "Age", width: 100, decimals: 1 },
          {
            of: "service",
            title: "Service",
            ...(settings.tracing.enabled && { link: tracesOfCell(settings, "Service") }),
          },
          { of: "instance", title: "Instance" },
          { of: "team", title: "Team", width: 100 },
        ],
        { title: "Priority", descending: false },
        { title: "Age", descending: true },
      ),
      timeSeries(
        {
          title: "Alerts firing over time",
          description: "Number of firing alerts, by priority.",
          unit: "short",
          decimals: 0,
          min: 0,
          width: 12,
          colours,
          queries: bySeverity.map(([, priority]) => range(countOf(priority), priority)),
        },
        "stacked",
      ),
      timeSeries(
        {
          title: "Firing rate",
          description:
            "Alerts that started firing in 5 minutes, by priority. Many at once usually have a single cause; start with the first one.",
          unit: "short",
          decimals: 0,
          min: 0,
          width: 12,
          colours,
          queries: bySeverity.map(([, priority]) =>
            range(`count(${firingOf(priority)} unless ${firingOf(priority)} offset 5m) or vector(0)`, priority),
          ),
        },
        "bars",
      ),
    ],
  };
}

function priorityWords() {
  return Object.fromEntries(bySeverity.map(([severity, priority]) => [priority, { color: severityColours[severity] }]));
}
