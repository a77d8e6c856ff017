import type { Settings } from "../../config/settings/schema.ts";
import type { Row } from "../lib/dashboard.ts";
import { levelColours } from "../lib/levels.ts";
import { logInstant, logLines, logRange, mayBeEmpty } from "../lib/query.ts";
import { chosenCluster } from "../lib/selectors.ts";
import { table } from "../lib/table.ts";
import { lines, timeSeries } from "../lib/visualizations.ts";

/** Lines of the access log with some of their fields: the fewer, the faster. */
const accessLog = (fields: string) =>
  `{${chosenCluster}, service="nginx"} | json ${fields} | __error__="" | request_time!=""`;

/** Requests by Nginx' access log, and what its error log says. */
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
    description: "The longest request of each route in the access log, the ten slowest routes.",
    unit: "s",
    width: 10,
    height: 10,
    queries: [
      mayBeEmpty(
        "No request is in the access log of this time.",
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
  description: "Requests in the access log that took more than half a second or ended in a 5xx.",
  unit: "none",
  width: 14,
  height: 10,
  queries: [
    mayBeEmpty(
      "No request was slow or failed in this time.",
      logLines(
        `${accessLog("method, uri, status, request_time")} | request_time > 0.5 or status >= 500 | line_format "{{.request_time}} s  {{.status}}  {{.method}} {{.uri}}"`,
        200,
      ),
    ),
  ],
});

/** Lines of the access log are JSON, those of the error log are not. */
const nginxErrors = lines({
  title: "Nginx errors",
  description: "What Nginx says of requests that it could not pass on, or that were wrong.",
  unit: "none",
  width: 24,
  height: 6,
  alerts: ["NginxUpstreamFailures"],
  queries: [
    mayBeEmpty(
      "Nginx' error log had nothing to say.",
      logLines(`{${chosenCluster}, service="nginx", level=~"warn|error|critical"} !~ "^[{]"`, 200),
    ),
  ],
});

/** What PostgreSQL refused. */
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
            description: "Lines of level error and critical (FATAL, PANIC) in PostgreSQL's log.",
            unit: "short",
            decimals: 0,
            width: 8,
            alerts: ["PostgresFatalErrors"],
            colours: levelColours,
            queries: [
              mayBeEmpty(
                "PostgreSQL logged no error in this time.",
                logRange(`sum by (level) (count_over_time(${refused} [$__auto]))`, "{{level}}"),
              ),
            ],
          },
          "bars",
        ),
        lines({
          title: "PostgreSQL error lines",
          description: "What PostgreSQL refused, and the statement that it refused.",
          unit: "none",
          width: 16,
          alerts: ["PostgresFatalErrors"],
          queries: [mayBeEmpty("PostgreSQL logged no error in this time.", logLines(refused, 200))],
        }),
      ],
    },
  ];
}
