import { errorBudget as budget } from "../../../config/alerts/objectives.ts";
import { recorded } from "../../../config/alerts/recording.ts";
import type { Settings } from "../../../config/settings/schema.ts";
import type { Row } from "../../lib/dashboard.ts";
import { heatMap } from "../../lib/heat-map.ts";
import type { Panel } from "../../lib/panel.ts";
import { instant, range, rows, withExemplars } from "../../lib/query.ts";
import { chosenInstance } from "../../lib/selectors.ts";
import { table } from "../../lib/table.ts";
import { pie, timeSeries } from "../../lib/visualizations.ts";

const chosen = (series: string) => `${series}{${chosenInstance}}`;
const byCode = `sum by (code) (${chosen(recorded.requestsByCode)})`;

const noRequests = "The selected service serves no HTTP requests.";

/** Colours by status class. Common codes have their own shade, the same on all panels. */
const codeColours = {
  coloursByPattern: { "/^[12]../": "green", "/^3../": "blue", "/^4../": "yellow", "/^5../": "red" },
  colours: {
    200: "semi-dark-green",
    201: "light-green",
    202: "dark-green",
    400: "light-yellow",
    401: "semi-dark-yellow",
    404: "dark-yellow",
    409: "super-light-yellow",
    502: "light-red",
    503: "dark-red",
  },
} as const;

/** Traffic, errors and latency of each service. With traces, also individual requests. */
export function requests(settings: Settings): Row {
  return {
    title: "Requests",
    panels: [...rates, ...(settings.tracing.enabled ? [latencies] : []), ...codes],
  };
}

const rates: readonly Panel[] = [
  timeSeries({
    title: "Request rate",
    description: "Requests per second, by service, over 5 minutes.",
    unit: "reqps",
    min: 0,
    width: 12,
    leadsToLogs: true,
    onlySome: noRequests,
    queries: [range(`sum by (service) (${chosen(recorded.requests)})`, "{{service}}")],
  }),
  timeSeries({
    title: "Error rate",
    description: "Share of requests with a 5xx status, by service, over 5 minutes.",
    unit: "percentunit",
    min: 0,
    width: 12,
    thresholds: { fires: "above", alerts: ["HighErrorRate"] },
    alerts: ["HighErrorRate"],
    leadsToLogs: true,
    onlySome: noRequests,
    queries: [
      range(
        `sum by (service) (${chosen(recorded.requestFailures)}) / (sum by (service) (${chosen(recorded.requests)}) > 0)`,
        "{{service}}",
      ),
    ],
  }),
  latency("P95", "5 % of requests took this long or longer", recorded.requestP95),
  latency("P99", "1 % of requests took this long or longer", recorded.requestP99),
];

/** Recorded quantiles have no exemplars. */
const latencies = heatMap({
  title: "Latency heat map",
  description: "Requests by duration. Points are single requests; select one to open its trace.",
  unit: "s",
  width: 24,
  height: 9,
  onlySome: noRequests,
  queries: [
    withExemplars(
      range(
        `sum by (le) (rate(${chosen("whiteroom_http_request_duration_seconds_bucket")}[$__rate_interval]))`,
        "{{le}}",
      ),
    ),
  ],
});

const codes: readonly Panel[] = [
  pie({
    title: "Response codes",
    description: "Requests per second by status code, over the last 5 minutes.",
    unit: "reqps",
    decimals: 2,
    width: 8,
    onlySome: noRequests,
    ...codeColours,
    queries: [instant(byCode, "{{code}}")],
  }),
  timeSeries(
    {
      title: "Response codes over time",
      description: "Requests per second by status code, over 5 minutes.",
      unit: "reqps",
      min: 0,
      width: 8,
      onlySome: noRequests,
      ...codeColours,
      queries: [range(byCode, "{{code}}")],
    },
    "stacked",
  ),
  timeSeries({
    title: "Active connections",
    description: "Open client connections, by service.",
    unit: "short",
    min: 0,
    width: 8,
    leadsToLogs: true,
    onlySome: noRequests,
    queries: [range(`sum by (service) (${chosen("whiteroom_http_connections_active")})`, "{{service}}")],
  }),
];

function latency(quantile: "P95" | "P99", meaning: string, series: string) {
  return timeSeries({
    title: `${quantile} latency`,
    description: `${meaning}, over 5 minutes, on the slowest instance of each service.`,
    unit: "s",
    min: 0,
    width: 12,
    leadsToLogs: true,
    ...(quantile === "P95" && {
      thresholds: { fires: "above", alerts: ["HighLatencyP95"] },
      alerts: ["HighLatencyP95"],
    }),
    onlySome: noRequests,
    queries: [range(`max by (service) (${chosen(series)})`, "{{service}}")],
  });
}

const perRoute = "by (service, method, route)";
const allByRoute = `sum ${perRoute} (rate(${chosen("whiteroom_http_requests_total")}[5m]))`;
const failedByRoute = `sum ${perRoute} (rate(whiteroom_http_requests_total{${chosenInstance}, code=~"5.."}[5m]))`;

/** Breakdown by route. */
export const routes: Row = {
  title: "Routes",
  panels: [
    table(
      {
        title: "Routes by errors and latency",
        description: "Requests, errors and latency of each route in the last 5 minutes. Click a column header to sort.",
        unit: "reqps",
        width: 24,
        height: 9,
        thresholds: { fires: "above", alerts: ["HighErrorRate"] },
        onlySome: noRequests,
        queries: [
          rows(`${allByRoute} > 0`),
          rows(`(${failedByRoute} or 0 * ${allByRoute}) / (${allByRoute} > 0)`),
          rows(
            `histogram_quantile(0.95, sum by (service, method, route, le) (rate(${chosen("whiteroom_http_request_duration_seconds_bucket")}[5m]))) >= 0`,
          ),
        ],
      },
      [
        { of: "method", title: "Method", width: 100 },
        { of: "route", title: "Route", minWidth: 200 },
        { of: 1, title: "Errors", unit: "percentunit", decimals: 2, coloured: true },
        { of: 2, title: "P95", unit: "s" },
        { of: 0, title: "Requests", decimals: 2 },
        { of: "service", title: "Service" },
      ],
      { title: "Errors", descending: true },
    ),
  ],
};

const burn = (series: string) => `max by (service) (${chosen(series)}) / ${budget}`;

/** Error budget burn rate of each service. */
export const errorBudget: Row = {
  title: "Error budget",
  panels: [
    timeSeries({
      title: "Error-budget burn",
      description:
        "Burn rate of the error budget over three ranges; the objective is 99.9 %. At 1, the 30-day budget lasts 30 days; at 14.4, two days.",
      unit: "short",
      decimals: 1,
      min: 0,
      width: 24,
      thresholds: {
        fires: "above",
        alerts: ["ErrorBudgetBurnFast", "ErrorBudgetBurnSlow", "ErrorBudgetBurnTicket"],
      },
      alerts: ["ErrorBudgetBurnFast", "ErrorBudgetBurnSlow", "ErrorBudgetBurnTicket"],
      leadsToLogs: true,
      onlySome: noRequests,
      queries: [
        range(burn(recorded.requestFailureRatio1h), "{{service}} over 1 h"),
        range(burn(recorded.requestFailureRatio6h), "{{service}} over 6 h"),
        range(burn(recorded.requestFailureRatio3d), "{{service}} over 3 d"),
      ],
    }),
  ],
};
