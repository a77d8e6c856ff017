import type { Settings } from "../../config/settings/schema.ts";
import { bySeverity, fired, firingOf, pending, timeFiring } from "../lib/alerts.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { table } from "../lib/table.ts";
import { severityColours } from "../lib/thresholds.ts";
import { timeline } from "../lib/visualizations.ts";

const nothingFired = "No alerts fired in this time range.";

const pendingColour = "#6e7079";
const perAlert = "by (alertname, service)";

/** 1 to 4 for firing alerts, by priority; 0 for pending ones. */
const states = [
  ...bySeverity.map(([, priority], index) => `max ${perAlert} (${firingOf(priority)}) * ${index + 1}`),
  `max ${perAlert} (${pending}) * 0`,
].join(" or ");

/** Alert history and noisy alerts. */
export function history(settings: Settings): Row {
  return {
    title: "History",
    panels: [
      timeline({
        title: "Alert history",
        description:
          "When each alert was pending (its condition was true, but not yet long enough) and firing, in the colour of its priority.",
        unit: "short",
        width: 24,
        height: 14,
        leadsToLogs: true,
        thresholds: [
          { value: null, color: pendingColour },
          ...bySeverity.map(([severity], index) => ({ value: index + 1, color: severityColours[severity] })),
        ],
        mappings: {
          "0": { text: "Pending", color: pendingColour },
          ...Object.fromEntries(
            bySeverity.map(([severity, priority], index) => [
              String(index + 1),
              { text: `${priority} firing`, color: severityColours[severity] },
            ]),
          ),
        },
        queries: [mayBeEmpty(nothingFired, range(states, "{{service}} {{alertname}}"))],
      }),
      table(
        {
          title: "Noisiest alerts",
          description:
            "How often and how long each alert fired in the selected time range; excludes alerts that were only pending. Tune or disable alerts that fire often without anyone acting on them.",
          unit: "short",
          width: 24,
          queries: [
            mayBeEmpty(nothingFired, rows(`topk(20, ${fired})`)),
            mayBeEmpty(nothingFired, rows(timeFiring(settings))),
          ],
        },
        [
          { of: "alertname", title: "Alert", minWidth: 210 },
          { of: 0, title: "Fired", decimals: 0 },
          { of: 1, title: "Time firing, over all instances", unit: "s", decimals: 1 },
        ],
        { title: "Fired", descending: true },
        // Prometheus returns the results of a subquery in random order.
        { title: "Alert", descending: false },
      ),
    ],
  };
}
