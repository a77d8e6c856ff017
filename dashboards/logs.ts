import type { Settings } from "../config/settings/schema.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { levelColours } from "./lib/levels.ts";
import { logLines, logRange, mayBeEmpty } from "./lib/query.ts";
import { chosenCluster, chosenService } from "./lib/selectors.ts";
import { cluster, lokiSource, prometheusSource, streamLabel } from "./lib/variables.ts";
import { lines, timeSeries } from "./lib/visualizations.ts";
import { nginx, postgres } from "./logs/servers.ts";

/** What the programs say. Streams of files have no host: "All" of it holds them too. */
const chosen = `${chosenService}, host=~"$instance", level=~"$level"`;
const searched = `{${chosen}} |~ "(?i)$search"`;

export function logs(settings: Settings): Dashboard {
  return {
    name: "logs",
    title: "Logs",
    description: "What the programs say: how much, how bad, and every line of one trace.",
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
        description: "Only lines that contain this, as a regular expression in any case.",
        value: "",
      },
      {
        kind: "text",
        name: "trace_id",
        title: "Trace",
        description: "Trace id, or a regular expression of it.",
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
        description: "Lines that fit the search, by service.",
        unit: "short",
        width: 12,
        queries: [logRange(`sum by (service) (count_over_time(${searched} [$__auto]))`, "{{service}}")],
      },
      "bars",
    ),
    timeSeries(
      {
        title: "Log volume by level",
        description: "Lines that fit the search, by level.",
        unit: "short",
        width: 12,
        colours: levelColours,
        queries: [logRange(`sum by (level) (count_over_time(${searched} [$__auto]))`, "{{level}}")],
      },
      "bars",
    ),
  ],
};

const noErrors = "No error was logged in this time.";

const errors: Row = {
  title: "Errors",
  panels: [
    lines({
      title: "Errors",
      description:
        "Lines of level error and critical. A click on one shows its fields and leads to its trace and its context.",
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
      description: "Every line that fits the search, the newest first, anew at each refresh of the dashboard.",
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
          "Lines of every service that belong to the trace named above, the oldest first. Without a name: every line that has a trace.",
        unit: "none",
        width: 24,
        height: 12,
        queries: [
          mayBeEmpty(
            "No line of this time has such a trace id.",
            logLines(`{${chosenCluster}, service=~".+"} | trace_id=~"$trace_id"`, 200),
          ),
        ],
      },
      "oldest first",
    ),
  ],
};
