import type { Settings } from "../config/settings/schema.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { levelColours } from "./lib/levels.ts";
import { logLines, logRange, mayBeEmpty } from "./lib/query.ts";
import { chosenCluster, chosenService } from "./lib/selectors.ts";
import { cluster, lokiSource, prometheusSource, streamLabel } from "./lib/variables.ts";
import { lines, timeSeries } from "./lib/visualizations.ts";
import { nginx, postgres } from "./logs/servers.ts";

/** Logs. Streams from files have no host label, so "All" must include them. */
const chosen = `${chosenService}, host=~"$instance", level=~"$level"`;
const searched = `{${chosen}} |~ "(?i)$search"`;

export function logs(settings: Settings): Dashboard {
  return {
    name: "logs",
    title: "Logs",
    description: "Log volume by service and level, errors, and all lines of a trace.",
    from: "now-1h",
    variables: [
      prometheusSource,
      lokiSource,
      cluster,
      streamLabel("service", "Service", '{service=~".+", cluster=~"$cluster"}'),
      streamLabel("instance", "Host", '{service=~"$service", cluster=~"$cluster"}', { label: "host", all: ".*" }),
      streamLabel("level", "Level", '{service=~"$service", cluster=~"$cluster"}', { all: ".*" }),
      {
        kind: "text",
        name: "search",
        title: "Search",
        description: "Case-insensitive regular expression that lines must match.",
        value: "",
      },
      {
        kind: "text",
        name: "trace_id",
        title: "Trace",
        description: "Trace ID, or a regular expression.",
        value: ".+",
      },
    ],
    annotations: annotations(settings),
    rows: [volume, errors, ...nginx(settings), ...postgres(settings), tail, trace],
  };
}

const volume: Row = {
  title: "Volume",
  panels: [
    timeSeries(
      {
        title: "Log volume by service",
        description: "Matching lines, by service.",
        unit: "short",
        width: 12,
        queries: [logRange(`sum by (service) (count_over_time(${searched} [$__auto]))`, "{{service}}")],
      },
      "bars",
    ),
    timeSeries(
      {
        title: "Log volume by level",
        description: "Matching lines, by level.",
        unit: "short",
        width: 12,
        colours: levelColours,
        queries: [logRange(`sum by (level) (count_over_time(${searched} [$__auto]))`, "{{level}}")],
      },
      "bars",
    ),
  ],
};

const noErrors = "No errors were logged in this time range.";

const errors: Row = {
  title: "Errors",
  panels: [
    lines({
      title: "Errors",
      description: "Lines with level error or critical. Click a line to show its fields, trace and context.",
      unit: "none",
      width: 24,
      height: 10,
      alerts: ["ErrorLogBurst"],
      queries: [
        mayBeEmpty(
          noErrors,
          logLines(`{${chosenService}, host=~"$instance", level=~"error|critical"} |~ "(?i)$search"`, 200),
        ),
      ],
    }),
  ],
};

const tail: Row = {
  title: "Live tail",
  panels: [
    lines({
      title: "Live tail",
      description: "All matching lines, newest first, updated at each refresh of the dashboard.",
      unit: "none",
      width: 24,
      height: 12,
      queries: [logLines(searched, 200)],
    }),
  ],
};

const trace: Row = {
  title: "Trace",
  panels: [
    lines(
      {
        title: "Everything with this trace id",
        description:
          "Lines of all services with the trace ID selected above, oldest first. If none is selected, all lines with a trace ID.",
        unit: "none",
        width: 24,
        height: 12,
        queries: [
          mayBeEmpty(
            "No lines with this trace ID in this time range.",
            logLines(`{${chosenCluster}, service=~".+"} | trace_id=~"$trace_id"`, 200),
          ),
        ],
      },
      "oldest first",
    ),
  ],
};
