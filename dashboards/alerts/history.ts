import type { Settings } from "../../config/schema.ts";
import { seconds } from "../../config/units.ts";
import { firing, pending, since } from "../lib/alerts.ts";
import type { Row } from "../lib/dashboard.ts";
import { mayBeEmpty, range, rows } from "../lib/query.ts";
import { table } from "../lib/table.ts";
import { timeline } from "../lib/visualizations.ts";

const nothingFired = "No alert fired in this time.";

/** What fired before, and what fires too often. */
export function history({ metrics }: Settings): Row {
  const raised = `sum by (alertname) (changes(${since}[$__range]) + 1)`;
  const timeFiring = `sum by (alertname) (count_over_time(${firing}[$__range])) * ${seconds(metrics.evaluationInterval)}`;
  return {
    title: "History",
    panels: [
      timeline({
        title: "Alert history",
        description: "When each alert was pending (its condition held, but not yet long enough) and when it fired.",
        unit: "short",
        width: 24,
        height: 12,
        thresholds: [
          { value: null, color: "yellow" },
          { value: 2, color: "red" },
        ],
        mappings: { "1": { text: "Pending", color: "yellow" }, "2": { text: "Firing", color: "red" } },
        queries: [
          mayBeEmpty(
            nothingFired,
            range(
              `max by (alertname, service) (${firing}) * 2 or max by (alertname, service) (${pending})`,
              "{{alertname}} {{service}}",
            ),
          ),
        ],
      }),
      table(
        {
          title: "Noisiest alerts",
          description:
            "How often each alert was raised and how long it fired, in the time chosen above. One that is raised often and never worked on should be tuned or switched off.",
          unit: "short",
          width: 24,
          queries: [mayBeEmpty(nothingFired, rows(`topk(20, ${raised})`)), mayBeEmpty(nothingFired, rows(timeFiring))],
        },
        [
          { of: "alertname", title: "Alert" },
          { of: 0, title: "Raised", decimals: 0 },
          { of: 1, title: "Time firing, over all instances", unit: "s", decimals: 0 },
        ],
        { title: "Raised", descending: true },
      ),
    ],
  };
}
