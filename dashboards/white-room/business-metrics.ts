import { alerts } from "../../config/alerts/catalogue.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { whiteRoomRecorded as recorded, songWindow } from "../../config/white-room/recording.ts";
import { annotations } from "../lib/annotations.ts";
import type { Dashboard, Row } from "../lib/dashboard.ts";
import { instant, mayBeEmpty, range } from "../lib/query.ts";
import { chosenCluster, chosenInstance } from "../lib/selectors.ts";
import { isActive, severityColours } from "../lib/thresholds.ts";
import { cluster, prometheusSource, seriesLabel } from "../lib/variables.ts";
import { bars, stat, timeSeries } from "../lib/visualizations.ts";
import { features } from "./business-metrics/features.ts";

/** User activity. Series recorded over all services are filtered by cluster only. */
export function businessMetrics(settings: Settings): Dashboard {
  return {
    name: "businessMetrics",
    title: "Business Metrics",
    description: "Active users, songs and performances, signups, and feature usage.",
    from: "now-24h",
    variables: [prometheusSource, cluster, productService, productInstance],
    annotations: annotations(settings),
    rows: [users, creation(settings), features],
  };
}

/** Services with user metrics; for others, every panel would be empty. */
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
      description: `Unique users in the last ${meaning}.`,
      unit: "short",
      min: 0,
      width: 6,
      height: 5,
      queries: [range(activeUsers(window), "users")],
    },
    "trend",
  );
}

/** Events of the last 24 hours. */
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
        description: "DAU / MAU: share of monthly users who are active on a given day.",
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
      description: "Open sessions, over all instances.",
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
        description: "Accounts created per hour, by platform.",
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
      description: "Share of new users who returned on the given day after signing up.",
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
        description: "Average duration of ended sessions over the last hour, by platform.",
        // In minutes, because an axis in seconds would show values such as 33.3 mins or 1.11 hours.
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

/** Songs created per hour, compared to last week, with the alert threshold. */
function creationRate(settings: Settings) {
  const { threshold = 0 } = settings.alerting.rules.SongCreationRateDropped;
  const noHistory = "No data from last week yet.";
  const lastWeek = `sum(${recorded.songs}{${chosenCluster}} offset 1w) * 3600`;
  const limit = mayBeEmpty(noHistory, range(`${lastWeek} * ${threshold}`, "too few"));
  return timeSeries({
    title: "Song creation rate",
    description: "Songs created per hour, now and at the same time last week.",
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
