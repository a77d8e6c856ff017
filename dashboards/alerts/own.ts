import { priorities } from "../../config/alerts/catalogue.ts";
import type { OwnAlert } from "../../config/alerts/own-rules/checks.ts";
import type { Row } from "../lib/dashboard.ts";
import { rows } from "../lib/query.ts";
import { table } from "../lib/table.ts";
import { anyIs, bad } from "../lib/thresholds.ts";

/** One row per alert, firing or not. */
function listed(alerts: readonly OwnAlert[], state: "pending" | "firing"): string {
  return alerts
    .map(({ name, severity, team }) => {
      const count = `(count(ALERTS{alertname=${JSON.stringify(name)}, alertstate="${state}", cluster=~"$cluster|"}) or vector(0))`;
      const labels = {
        alertname: name,
        priority: priorities[severity],
        team: team.includes("{{") ? "by series" : team,
      };
      return Object.entries(labels).reduce(
        // In a replacement, $ refers to a group.
        (inner, [label, value]) =>
          `label_replace(${inner}, "${label}", ${JSON.stringify(value.replaceAll("$", "$$$$"))}, "", "")`,
        count,
      );
    })
    .join(" or ");
}

/** The user's own alerts; absent if there are none. */
export function own(alerts: readonly OwnAlert[]): Row[] {
  const inMetrics = alerts.filter(({ language }) => language === "PromQL");
  const inLogs = alerts.filter(({ language }) => language === "LogQL").map(({ name }) => name);
  if (inMetrics.length === 0) return [];
  return [
    {
      title: "Your own alerts",
      panels: [
        table(
          {
            title: "Your own alerts",
            description: `Alerts of alerting.extraRules, with the number of pending and firing ones.${
              inLogs.length > 0 ? ` Evaluated by Loki and not shown: ${inLogs.join(", ")}.` : ""
            }`,
            unit: "short",
            width: 24,
            height: 8,
            thresholds: anyIs(bad),
            queries: [rows(listed(inMetrics, "pending")), rows(listed(inMetrics, "firing"))],
          },
          [
            { of: "alertname", title: "Alert", minWidth: 210 },
            { of: "priority", title: "Priority", width: 95 },
            { of: "team", title: "Team", width: 120 },
            { of: 0, title: "Pending", decimals: 0 },
            { of: 1, title: "Firing", decimals: 0, coloured: true },
          ],
          { title: "Priority", descending: false },
          { title: "Alert", descending: false },
        ),
      ],
    },
  ];
}
