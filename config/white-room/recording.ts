import type { RecordingRule, RuleGroup } from "../alerts/alert.ts";
import { promql, targetLabels, valid } from "../alerts/expression.ts";
import { by, quantile, rate, recordedWindow, rule } from "../alerts/rates.ts";

/** Range of the recorded song creation rate. */
export const songWindow = "1h";

/** Names of recorded series. */
export const whiteRoomRecorded = {
  renderP99: "instance:whiteroom_audio_render_duration_seconds:p99_rate5m",
  deadlineMissRatio: "instance:whiteroom_audio_deadline_misses_per_renders:ratio_rate5m",
  xruns: "instance:whiteroom_audio_xruns:increase5m",
  ffiCalls: "instance_function:whiteroom_ffi_calls:rate5m",
  ffiErrorRatio: "instance:whiteroom_ffi_errors_per_calls:ratio_rate5m",
  ffiP99: "instance_function:whiteroom_ffi_call_duration_seconds:p99_rate5m",
  sessions: "cluster:whiteroom_sessions_active:sum",
  activeUsers: "cluster_window:whiteroom_active_users:max",
  songs: "cluster:whiteroom_songs_created:rate1h",
  signups: "cluster_platform:whiteroom_user_signups:rate1h",
  featureUses: "instance_feature:whiteroom_feature_uses:rate1h",
  sessionTime: "instance_platform:whiteroom_session_duration_seconds_sum:rate1h",
  sessionsEnded: "instance_platform:whiteroom_session_duration_seconds_count:rate1h",
  songsOfDay: "instance:whiteroom_songs_created:increase24h",
  performancesOfDay: "instance:whiteroom_performances_switched:increase24h",
  signupsOfDay: "instance:whiteroom_user_signups:increase24h",
} as const;

export function deadlineMissRatio(window: string): string {
  return promql`
    sum ${by} ${rate("whiteroom_audio_render_deadline_misses_total", window)}
      / (sum ${by} ${rate("whiteroom_audio_render_duration_seconds_count", window)} > 0)`;
}

/** Rounded, because `increase` extrapolates to the edges of the window: 5 XRUNs become 5.3. */
export function xruns(window: string): string {
  return `round(sum ${by} ${valid(`increase(whiteroom_audio_xruns_total[${window}])`)})`;
}

export function ffiErrorRatio(window: string): string {
  return promql`
    (
      sum ${by} ${rate('whiteroom_ffi_calls_total{result="error"}', window)}
        or 0 * sum ${by} ${rate("whiteroom_ffi_calls_total", window)}
    )
      / (sum ${by} ${rate("whiteroom_ffi_calls_total", window)} > 0)`;
}

export function songs(window: string): string {
  return `sum by (cluster, env) ${rate("whiteroom_songs_created_total", window)}`;
}

function increaseOfDay(counter: string): string {
  return `sum ${by} ${valid(`increase(${counter}[24h])`)}`;
}

/** Rendering, every 10s like the scrapes of the audio engine. */
function audio(): RuleGroup {
  return {
    name: "audio",
    interval: "10s",
    rules: [
      rule(whiteRoomRecorded.renderP99, quantile(0.99, "whiteroom_audio_render_duration_seconds", recordedWindow)),
      rule(whiteRoomRecorded.deadlineMissRatio, deadlineMissRatio(recordedWindow)),
      rule(whiteRoomRecorded.xruns, xruns(recordedWindow)),
    ],
  };
}

/** Calls from Swift into the C++ engine. */
function ffi(): RuleGroup {
  const labels = `${targetLabels}, function`;
  return {
    name: "ffi",
    rules: [
      rule(whiteRoomRecorded.ffiCalls, `sum by (${labels}) ${rate("whiteroom_ffi_calls_total", recordedWindow)}`),
      rule(whiteRoomRecorded.ffiErrorRatio, ffiErrorRatio(recordedWindow)),
      rule(whiteRoomRecorded.ffiP99, quantile(0.99, "whiteroom_ffi_call_duration_seconds", recordedWindow, labels)),
    ],
  };
}

/** User activity. */
function business(): RuleGroup {
  return {
    name: "business",
    rules: [
      rule(whiteRoomRecorded.sessions, `sum by (cluster, env) ${valid("whiteroom_sessions_active")}`),
      rule(whiteRoomRecorded.activeUsers, `max by (cluster, env, window) ${valid("whiteroom_active_users")}`),
      rule(whiteRoomRecorded.songs, songs(songWindow)),
      rule(whiteRoomRecorded.signups, `sum by (cluster, env, platform) ${rate("whiteroom_user_signups_total", "1h")}`),
      rule(
        whiteRoomRecorded.featureUses,
        `sum by (${targetLabels}, feature) ${rate("whiteroom_feature_uses_total", "1h")}`,
      ),
    ],
  };
}

/** Total duration (sum) or number (count) of ended sessions, per second. */
function sessions(part: "sum" | "count"): string {
  return `sum by (${targetLabels}, platform) ${rate(`whiteroom_session_duration_seconds_${part}`, "1h")}`;
}

/** Rules over hours and days. */
export function whiteRoomTrends(): RecordingRule[] {
  return [
    rule(whiteRoomRecorded.sessionTime, sessions("sum")),
    rule(whiteRoomRecorded.sessionsEnded, sessions("count")),
    rule(whiteRoomRecorded.songsOfDay, increaseOfDay("whiteroom_songs_created_total")),
    rule(whiteRoomRecorded.performancesOfDay, increaseOfDay("whiteroom_performances_switched_total")),
    rule(whiteRoomRecorded.signupsOfDay, increaseOfDay("whiteroom_user_signups_total")),
  ];
}

export function whiteRoomGroups(): RuleGroup[] {
  return [audio(), ffi(), business()];
}
