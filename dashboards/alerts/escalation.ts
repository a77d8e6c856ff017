import type { Severity } from "../../config/alerts/catalogue.ts";
import { ageOf, bySeverity, countOf } from "../lib/alerts.ts";
import type { Row } from "../lib/dashboard.ts";
import { rows } from "../lib/query.ts";
import { table } from "../lib/table.ts";
import { severityColours } from "../lib/thresholds.ts";

/** Response and resolution targets by priority, in seconds. */
export const targets: Readonly<Record<Severity, { readonly response: number; readonly resolution: number }>> = {
  critical: { response: 5 * 60, resolution: 3600 },
  high: { response: 30 * 60, resolution: 4 * 3600 },
  medium: { response: 2 * 3600, resolution: 24 * 3600 },
  low: { response: 24 * 3600, resolution: 7 * 24 * 3600 },
};

/** One row per priority. */
function each(expression: (severity: Severity, priority: string) => string): string {
  return bySeverity
    .map(
      ([severity, priority]) => `label_replace(${expression(severity, priority)}, "priority", "${priority}", "", "")`,
    )
    .join(" or ");
}

const oldest = (priority: string) => `(max(${ageOf(priority)}) or vector(0))`;

const usedUp = [
  { value: null, color: "green" },
  { value: 0.5, color: "yellow" },
  { value: 1, color: "red" },
];

/** Whether to escalate. */
export const escalation: Row = {
  title: "Escalation",
  panels: [
    table(
      {
        title: "Escalation status",
        description:
          "Age of open alerts by priority, compared to the response and resolution targets. The age counts from when the condition became true. Yellow: half of the target time has passed. Red: escalate. Acknowledgements are in PagerDuty and not shown here.",
        unit: "s",
        width: 24,
        height: 7,
        thresholds: usedUp,
        queries: [
          rows(each((_, priority) => `(${countOf(priority)})`)),
          rows(each((_, priority) => oldest(priority))),
          rows(each((severity) => `vector(${targets[severity].response})`)),
          rows(each((severity, priority) => `${oldest(priority)} / ${targets[severity].response}`)),
          rows(each((severity) => `vector(${targets[severity].resolution})`)),
          rows(each((severity, priority) => `${oldest(priority)} / ${targets[severity].resolution}`)),
        ],
      },
      [
        {
          of: "priority",
          title: "Priority",
          width: 100,
          words: Object.fromEntries(
            bySeverity.map(([severity, priority]) => [priority, { color: severityColours[severity] }]),
          ),
        },
        { of: 0, title: "Open", unit: "short", width: 80 },
        { of: 1, title: "Oldest", decimals: 1 },
        { of: 2, title: "Response target", decimals: 0 },
        { of: 3, title: "% of response target", unit: "percentunit", decimals: 0, coloured: true },
        { of: 4, title: "Resolution target", decimals: 0 },
        { of: 5, title: "% of resolution target", unit: "percentunit", decimals: 0, coloured: true },
      ],
      { title: "Priority", descending: false },
    ),
  ],
};
