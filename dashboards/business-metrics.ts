import { alerts } from "../config/alerts/catalogue.ts";
import { recorded, songWindow } from "../config/alerts/recording.ts";
import type { Settings } from "../config/settings/schema.ts";
import { features } from "./business-metrics/features.ts";
import { annotations } from "./lib/annotations.ts";
import type { Dashboard, Row } from "./lib/dashboard.ts";
import { instant, mayBeEmpty, range } from "./lib/query.ts";
import { chosenCluster, chosenInstance } from "./lib/selectors.ts";
import { isActive, severityColours } from "./lib/thresholds.ts";
import { cluster, prometheusSource, seriesLabel } from "./lib/variables.ts";
import { bars, stat, timeSeries } from "./lib/visualizations.ts";

/** What people do with White Room. Series that are recorded over all services follow the cluster alone. */
export function businessMetrics(settings: Settings): Dashboard {
  return {
    name: "businessMetrics",
    title: "Business Metrics",
    description: "How many people use White Room, what they make with it, and what they use for it.",
    from: "now-24h",
    variables: [prometheusSource, cluster, productService, productInstance],
    annotations: annotations(settings),
    rows: [users, creation(settings), features],
  };
}

/** Services that know users: others would leave every panel empty. */
const productService = seriesLabel(
  "service",
  "Service",
  'whiteroom_sessions_active{cluster=~"$cluster", job=~".+"}',
  ".+",
);
const productInstance = seriesLabel(
  "instance",
  "Instance",
  'whiteroom_sessions_active{cluster=~"$cluster", service=~"$service"}',
  ".*",
);

const activeUsers = (window: string) =>
  `sum(max by (cluster) (${recorded.activeUsers}{${chosenCluster}, window="${window}"}))`;

function userCount(title: string, window: string, meaning: string) {
  return stat(
    {
      title,
      description: `Different users of the last ${meaning}.`,
      unit: "short",
      min: 0,
      width: 6,
      height: 5,
      queries: [range(activeUsers(window), "users")],
    },
    "trend",
  );
}

/** Events of the last day, exact from the counters' first sample on. */
function dayTotal(title: string, what: string, series: string) {
  return stat({
    title: `${title} (24 h)`,
    description: `${what} in the last 24 hours, on all platforms.`,
    unit: "short",
    decimals: 0,
    width: 8,
    height: 5,
    queries: [instant(`sum(${series}{${chosenInstance}})`, "in 24 h")],
  });
}

const users: Row = {
  title: "Users",
  panels: [
    userCount("DAU", "1d", "day"),
    userCount("WAU", "7d", "7 days"),
    userCount("MAU", "30d", "30 days"),
    stat(
      {
        title: "Stickiness",
        description: "DAU / MAU: the share of a month's users who come on a day.",
        unit: "percentunit",
        decimals: 1,
        min: 0,
        width: 6,
        height: 5,
        queries: [range(`${activeUsers("1d")} / (${activeUsers("30d")} > 0)`, "DAU / MAU")],
      },
      "trend",
    ),
    timeSeries({
      title: "Active sessions",
      description: "Sessions that are open, over all instances.",
      unit: "short",
      min: 0,
      width: 8,
      thresholds: { fires: "below", alerts: ["LowActiveUsers"] },
      alerts: ["LowActiveUsers"],
      queries: [range(`sum(${recorded.sessions}{${chosenCluster}})`, "sessions")],
    }),
    timeSeries(
      {
        title: "Signups",
        description: "Accounts created an hour, by platform.",
        unit: "short",
        decimals: 1,
        min: 0,
        width: 8,
        alerts: ["NewUserSignup"],
        queries: [range(`sum by (platform) (${recorded.signups}{${chosenCluster}}) * 3600`, "{{platform}}")],
      },
      "stacked",
    ),
    bars({
      title: "Retention",
      description: "Share of new users who came back on that day after signing up.",
      unit: "percentunit",
      min: 0,
      max: 1,
      width: 8,
      queries: [
        instant(`sort_desc(max by (day) (whiteroom_user_retention_ratio{${chosenInstance}}))`, "after {{day}} d"),
      ],
    }),
  ],
};

function creation(settings: Settings): Row {
  return {
    title: "Creation",
    panels: [
      dayTotal("Songs created", "Songs created", recorded.songsOfDay),
      dayTotal("Performances switched", "Switches from one performance to another", recorded.performancesOfDay),
      dayTotal("Signups", "Accounts created", recorded.signupsOfDay),
      creationRate(settings),
      timeSeries({
        title: "Session duration",
        description: "Average length of the sessions that ended, over an hour, by platform.",
        // As seconds, its axis would count 33.3 mins, 1.11 hours.
        unit: "suffix:min",
        min: 0,
        width: 12,
        queries: [
          range(
            `sum by (platform) (${recorded.sessionTime}{${chosenInstance}}) / 60 / (sum by (platform) (${recorded.sessionsEnded}{${chosenInstance}}) > 0)`,
            "{{platform}}",
          ),
        ],
      }),
    ],
  };
}

/** Songs an hour beside last week's, and where the alert that compares the two begins. */
function creationRate(settings: Settings) {
  const { threshold = 0 } = settings.alerting.rules.SongCreationRateDropped;
  const noHistory = "There is no last week yet.";
  const lastWeek = `sum(${recorded.songs}{${chosenCluster}} offset 1w) * 3600`;
  const limit = mayBeEmpty(noHistory, range(`${lastWeek} * ${threshold}`, "too few"));
  return timeSeries({
    title: "Song creation rate",
    description: "Songs created an hour, now and at the same time last week.",
    unit: "short",
    decimals: 0,
    min: 0,
    width: 12,
    alerts: ["SongCreationRateDropped"],
    dashed: { "last week": "text", "too few": severityColours[alerts.SongCreationRateDropped.severity] },
    queries: [
      range(`sum(${recorded.songs}{${chosenCluster}}) * 3600`, `now, over ${songWindow}`),
      mayBeEmpty(noHistory, range(lastWeek, "last week")),
      ...(isActive(settings, "SongCreationRateDropped") ? [limit] : []),
    ],
  });
}
