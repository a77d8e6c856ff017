import { time } from "../config/alerts/expression.ts";
import { probesAndJourneys } from "../config/alerts/monitored.ts";
import { bucketPattern, objectiveSeries } from "../config/alerts/objective-rules.ts";
import { objectives as objectivesOf } from "../config/alerts/objectives.ts";
import type { Settings } from "../config/settings/schema.ts";
import { lateRenders } from "../config/white-room/objectives.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import type { Panel } from "./lib/panel.ts";
import { mayBeEmpty, range, rows } from "./lib/query.ts";
import { chosenInstance, chosenService } from "./lib/selectors.ts";
import { table } from "./lib/table.ts";
import { bad, good } from "./lib/thresholds.ts";
import { cluster, prometheusSource, seriesLabel } from "./lib/variables.ts";
import { timeSeries } from "./lib/visualizations.ts";

const of = (series: string) => `${series}{${chosenService}}`;

const noEvents = "The selected service has no objective with events yet.";

const left = [
  { value: null, color: bad },
  { value: 0, color: "yellow" },
  { value: 0.25, color: good },
];

/** Target, current value, budget and forecast of each objective. */
const overview: Row = {
  title: "Objectives",
  panels: [
    table(
      {
        title: "Objectives",
        description:
          "Each objective over its own window: target, current share of good events, error budget left, burn rate, and when the budget is exhausted at the rate of the last 6 hours. At a burn rate of 1, the budget lasts exactly the window. Below 0, the budget is overspent.",
        unit: "percentunit",
        width: 24,
        thresholds: left,
        onlySome: noEvents,
        queries: [
          rows(of(objectiveSeries.target)),
          rows(`1 - ${of(objectiveSeries.errorRatio)}`),
          rows(of(objectiveSeries.budgetLeft)),
          rows(of(objectiveSeries.burn1h)),
          rows(of(objectiveSeries.burn6h)),
          mayBeEmpty("Nothing failed in the last 6 hours.", rows(of(objectiveSeries.exhaustedIn))),
          rows(of(objectiveSeries.window)),
        ],
      },
      [
        { of: "slo", title: "Objective", minWidth: 200 },
        { of: "service", title: "Service" },
        { of: "team", title: "Team", width: 100 },
        { of: 0, title: "Target", decimals: 3 },
        { of: 1, title: "Current", decimals: 3 },
        { of: 2, title: "Budget left", decimals: 1, coloured: true },
        { of: 3, title: "Burn rate, 1 h", unit: "short", decimals: 1 },
        { of: 4, title: "Burn rate, 6 h", unit: "short", decimals: 1 },
        { of: 5, title: "Exhausted in", unit: "s", decimals: 1 },
        { of: 6, title: "Window", unit: "s", decimals: 0 },
      ],
      { title: "Budget left", descending: false },
    ),
  ],
};

/** How the budget and its use develop. */
const development: Row = {
  title: "Error budget",
  panels: [
    timeSeries({
      title: "Budget left",
      description: "Share of the error budget that is left in the window of each objective. Below 0, it is overspent.",
      unit: "percentunit",
      max: 1,
      width: 12,
      onlySome: noEvents,
      queries: [range(of(objectiveSeries.budgetLeft), "{{slo}}")],
    }),
    timeSeries({
      title: "Burn rate",
      description:
        "How many times as fast as allowed each objective used its budget, over an hour and over 3 days. The lines are the thresholds for a window of 30 days; for other windows they are × days / 30.",
      unit: "short",
      decimals: 1,
      min: 0,
      width: 12,
      thresholds: {
        fires: "above",
        alerts: ["ErrorBudgetBurnFast", "ErrorBudgetBurnSlow", "ErrorBudgetBurnTicket"],
      },
      alerts: ["ErrorBudgetBurnFast", "ErrorBudgetBurnSlow", "ErrorBudgetBurnTicket"],
      onlySome: noEvents,
      queries: [
        range(of(objectiveSeries.burn1h), "{{slo}} over 1 h"),
        range(of(objectiveSeries.burn3d), "{{slo}} over 3 d"),
      ],
    }),
  ],
};

/** When the budget was spent, and by what. */
function spending(settings: Settings): Row {
  const kinds = new Set(objectivesOf(settings).map(({ of: kind }) => kind));
  return {
    title: "What spent it",
    panels: [
      timeSeries(
        {
          title: "Budget spent per hour",
          description:
            "Share of the whole budget of its window that each objective used within an hour. Vertical lines mark deployments and alerts of the same time.",
          unit: "percentunit",
          min: 0,
          width: 24,
          onlySome: noEvents,
          queries: [range(`${of(objectiveSeries.burn1h)} * 3600 / ${of(objectiveSeries.window)}`, "{{slo}}")],
        },
        "bars",
      ),
      ...(kinds.has("requests") ? [failedRequests] : []),
      ...(kinds.has("latency") ? [slowRequests(settings)] : []),
      ...(kinds.has("probe") ? [failedProbes] : []),
      ...(kinds.has("render") ? [late] : []),
    ],
  };
}

const failedRequests = table(
  {
    title: "Failed requests by route",
    description: "Requests with a server error in the selected time range, by route and code.",
    unit: "short",
    width: 12,
    queries: [
      mayBeEmpty(
        "No requests failed in this time range.",
        rows(
          `topk(20, sum by (service, route, code) (increase(whiteroom_http_requests_total{code=~"5..", ${chosenInstance}}[$__range])) > 0)`,
        ),
      ),
    ],
  },
  [
    { of: "service", title: "Service" },
    { of: "route", title: "Route", minWidth: 200 },
    { of: "code", title: "Code", width: 80 },
    { of: 0, title: "Failed requests", decimals: 0 },
  ],
  { title: "Failed requests", descending: true },
);

/** One column for each threshold. */
function slowRequests(settings: Settings): Panel {
  const limits = objectivesOf(settings).flatMap(({ of: kind, threshold }) =>
    kind === "latency" && threshold !== undefined ? [threshold] : [],
  );
  const thresholds = [...new Set(limits)].sort((a, b) => a - b);
  const counted = (series: string) =>
    `sum by (service, route) (increase(whiteroom_http_request_duration_seconds_${series}}[$__range]))`;
  const slower = (threshold: number) =>
    `${counted(`count{${chosenInstance}`)} - ${counted(`bucket{le=~"${bucketPattern(threshold)}", ${chosenInstance}`)}`;
  const first = `Slower than ${time(thresholds[0] ?? 0)}`;
  return table(
    {
      title: "Slow requests by route",
      description: "Requests in the selected time range that took longer than the threshold of an objective, by route.",
      unit: "short",
      width: 12,
      queries: thresholds.map((threshold) =>
        mayBeEmpty("No requests were slow in this time range.", rows(`${slower(threshold)} > 0`)),
      ),
    },
    [
      { of: "service", title: "Service" },
      { of: "route", title: "Route", minWidth: 200 },
      ...thresholds.map((threshold, index) => ({ of: index, title: `Slower than ${time(threshold)}`, decimals: 0 })),
    ],
    { title: first, descending: true },
  );
}

const runs = `probe_success{${probesAndJourneys}, ${chosenService}}[$__range]`;

const failedProbes = table(
  {
    title: "Failed probes",
    description: "Runs of each probe and journey that failed in the selected time range.",
    unit: "short",
    width: 12,
    queries: [
      mayBeEmpty(
        "No probes failed in this time range.",
        rows(`sum by (service, probe, instance) (count_over_time(${runs}) - sum_over_time(${runs})) > 0`),
      ),
    ],
  },
  [
    { of: "service", title: "Service" },
    { of: "probe", title: "Probe" },
    { of: "instance", title: "Address", minWidth: 200 },
    { of: 0, title: "Failed runs", decimals: 0 },
  ],
  { title: "Failed runs", descending: true },
);

const late = table(
  {
    title: "Late audio renders",
    description: "Audio buffers that missed their deadline in the selected time range, by instance.",
    unit: "short",
    width: 12,
    queries: [
      mayBeEmpty("No renders were late in this time range.", rows(`${lateRenders(chosenInstance, "$__range")} > 0`)),
    ],
  },
  [
    { of: "service", title: "Service" },
    { of: "instance", title: "Instance" },
    { of: 0, title: "Late renders", decimals: 0 },
  ],
  { title: "Late renders", descending: true },
);

/** Service level objectives: whether they are met, their error budgets, and what spent them. */
export function objectives(settings: Settings): Dashboard {
  return {
    name: "objectives",
    title: "Objectives",
    description: "Service level objectives: target, current value, error budget left, burn rate and forecast.",
    from: "now-24h",
    variables: [
      prometheusSource,
      cluster,
      seriesLabel("service", "Service", `${objectiveSeries.target}{cluster=~"$cluster", service=~".+"}`, ".+"),
      seriesLabel(
        "instance",
        "Instance",
        '{__name__=~"up|probe_success", cluster=~"$cluster", service=~"$service"}',
        ".*",
      ),
    ],
    annotations: annotations(settings),
    rows: [overview, development, spending(settings)],
  };
}
