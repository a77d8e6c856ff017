import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import { levelColours } from "../lib/levels.ts";
import { logInstant, logLines, logRange, mayBeEmpty } from "../lib/query.ts";
import { chosenCluster } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { lines, timeSeries } from "../lib/visualizations.ts";

/** Access log lines with the given fields; fewer fields are faster. */
const accessLog = (fields: string) =>
  `{${chosenCluster}, service="nginx"} | json ${fields} | __error__="" | request_time!=""`;

/** Nginx access and error logs. */
export function nginx({ logs: { sources } }: Settings): Row[] {
  const panels = [
    ...(sources.nginx.enabled ? [slowestRoutes, slowRequests] : []),
    ...(sources.nginxErrors.enabled ? [nginxErrors] : []),
  ];
  return panels.length === 0 ? [] : [{ title: "Requests", panels }];
}

const slowestRoutes = table(
  {
    title: "Slowest requests",
    description: "The ten slowest routes in the access log, by their longest request.",
    unit: "s",
    width: 10,
    height: 10,
    queries: [
      mayBeEmpty(
        "The access log contains no requests in this time range.",
        logInstant(
          `topk(10, max by (method, route) (max_over_time(${accessLog("method, route, request_time")} | unwrap request_time | __error__="" [$__range])))`,
          "{{method}} {{route}}",
        ),
      ),
    ],
  },
  [
    { of: "method", title: "Method", width: 80 },
    { of: "route", title: "Route", minWidth: 115 },
    { of: 0, title: "Longest", width: 105 },
  ],
  { title: "Longest", descending: true },
);

const slowRequests = lines({
  title: "Slow and failed requests",
  description: "Requests in the access log that took more than 0.5 s or returned a 5xx status.",
  unit: "none",
  width: 14,
  height: 10,
  queries: [
    mayBeEmpty(
      "No requests were slow or failed in this time range.",
      logLines(
        `${accessLog("method, uri, status, request_time")} | request_time > 0.5 or status >= 500 | line_format "{{.request_time}} s  {{.status}}  {{.method}} {{.uri}}"`,
        200,
      ),
    ),
  ],
});

/** Access log lines are JSON, error log lines are not. */
const nginxErrors = lines({
  title: "Nginx errors",
  description: "Nginx error log: upstream failures and invalid requests.",
  unit: "none",
  width: 24,
  height: 6,
  alerts: ["NginxUpstreamFailures"],
  queries: [
    mayBeEmpty(
      "The Nginx error log is empty in this time range.",
      logLines(`{${chosenCluster}, service="nginx", level=~"warn|error|critical"} !~ "^[{]"`, 200),
    ),
  ],
});

/** PostgreSQL errors. */
export function postgres({ logs: { sources } }: Settings): Row[] {
  if (!sources.postgres.enabled) return [];
  const refused = `{${chosenCluster}, service="postgres", level=~"error|critical"}`;
  return [
    {
      title: "PostgreSQL",
      panels: [
        timeSeries(
          {
            title: "PostgreSQL errors",
            description: "Lines with level error or critical (FATAL, PANIC) in the PostgreSQL log.",
            unit: "short",
            decimals: 0,
            width: 8,
            alerts: ["PostgresFatalErrors"],
            colours: levelColours,
            queries: [
              mayBeEmpty(
                "PostgreSQL logged no errors in this time range.",
                logRange(`sum by (level) (count_over_time(${refused} [$__auto]))`, "{{level}}"),
              ),
            ],
          },
          "bars",
        ),
        lines({
          title: "PostgreSQL error lines",
          description: "PostgreSQL errors with the failed statements.",
          unit: "none",
          width: 16,
          alerts: ["PostgresFatalErrors"],
          queries: [mayBeEmpty("PostgreSQL logged no errors in this time range.", logLines(refused, 200))],
        }),
      ],
    },
  ];
}
