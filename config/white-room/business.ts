import { type AlertingRule, alert } from "../alerts/alert.ts";
import { percent, promql, valid } from "../alerts/expression.ts";
import { watchesApplications } from "../alerts/monitored.ts";
import type { Settings } from "../settings/schema.ts";
import { whiteRoomRecorded as recorded, songs, songWindow } from "./recording.ts";

/** Minimum songs per hour last week for a comparison to be meaningful. */
const songsWorthComparing = 20;

/** User activity, over all instances. */
export function businessAlerts(settings: Settings): AlertingRule[] {
  if (!watchesApplications(settings)) return [];
  const service = "product";
  return [
    ...alert(settings, "LowActiveUsers", ({ threshold }) => ({
      expression: `${recorded.sessions} < ${threshold}`,
      summary: 'Only {{ $value | printf "%.0f" }} sessions are open',
      description: `{{ $value | printf "%.0f" }} sessions are open across all instances, fewer than ${threshold}. Either traffic is low, or users cannot sign in.`,
      dashboard: "businessMetrics",
      service,
    })),
    ...alert(settings, "SongCreationRateDropped", ({ threshold, window }) => {
      const now = window === songWindow ? recorded.songs : songs(window);
      const lastWeek =
        window === songWindow
          ? `${recorded.songs} offset 1w`
          : songs(window).replace(`[${window}]`, `[${window}] offset 1w`);
      return {
        expression: promql`
          ${now} / (${lastWeek}) < ${threshold}
            and (${lastWeek}) * 3600 > ${songsWorthComparing}`,
        summary: "Song creation is at {{ $value | humanizePercentage }} of last week's",
        description: `Over the last ${window}, users created {{ $value | humanizePercentage }} of the songs they created at this time last week, below the threshold of ${percent(threshold)}. Saving may be broken in a way that shows no errors.`,
        dashboard: "businessMetrics",
        service,
      };
    }),
    ...alert(settings, "NewUserSignup", ({ threshold, window }) => ({
      expression: `round(sum by (cluster, env) ${valid(`increase(whiteroom_user_signups_total[${window}])`)}) >= ${threshold}`,
      summary: 'New users: {{ $value | printf "%.0f" }}',
      description: `Sign-ups in the last ${window}: {{ $value | printf "%.0f" }}. No action required.`,
      dashboard: "businessMetrics",
      service,
    })),
  ];
}
