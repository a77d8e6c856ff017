import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import type { RecordingRule, RuleGroup } from "./alert.ts";
import { promql, targetLabels, valid } from "./expression.ts";
import { watchesApplications, watchesServers } from "./parts.ts";
import { knowsState, planned } from "./planned.ts";

/** Range of recorded rates and quantiles. */
export const recordedWindow = "5m";

/** Range of the recorded song creation rate. */
export const songWindow = "1h";

/** Names of recorded series, `level:metric:operations`; `instance` stands for all target labels. */
export const recorded = {
  cpuBusy: "instance:node_cpu_busy:ratio_rate5m",
  memoryUsed: "instance:node_memory_used:ratio",
  filesystemAvailable: "instance_mountpoint:node_filesystem_avail:ratio",
  filesystemTrend: "instance_mountpoint:node_filesystem_avail_bytes:deriv6h",
  diskBusy: "instance_device:node_disk_io_busy:ratio_rate5m",
  requests: "instance:whiteroom_http_requests:rate5m",
  requestsByCode: "instance_code:whiteroom_http_requests:rate5m",
  requestFailures: "instance:whiteroom_http_request_failures:rate5m",
  requestFailureRatio: "instance:whiteroom_http_request_failures_per_requests:ratio_rate5m",
  requestFailureRatio30m: "instance:whiteroom_http_request_failures_per_requests:ratio_rate30m",
  requestFailureRatio1h: "instance:whiteroom_http_request_failures_per_requests:ratio_rate1h",
  requestFailureRatio6h: "instance:whiteroom_http_request_failures_per_requests:ratio_rate6h",
  requestFailureRatio3d: "instance:whiteroom_http_request_failures_per_requests:ratio_rate3d",
  requests1h: "instance:whiteroom_http_requests:rate1h",
  requestFailures1h: "instance:whiteroom_http_request_failures:rate1h",
  requestP95: "instance:whiteroom_http_request_duration_seconds:p95_rate5m",
  requestP99: "instance:whiteroom_http_request_duration_seconds:p99_rate5m",
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
  connectionsUsed: "instance:pg_connections_used:ratio",
  volumeFree: "claim:kubelet_volume_stats_available:ratio",
  notificationP95: "instance_integration:alertmanager_notification_latency_seconds:p95_rate1h",
} as const;

const by = `by (${targetLabels})`;

/** CPU usage of each host, averaged over its CPUs. */
export function cpuBusy(window: string): string {
  return `1 - avg ${by} (sum without (mode) ${valid(`rate(node_cpu_seconds_total{mode=~"idle|iowait"}[${window}])`)})`;
}

/** MemAvailable does not include the ZFS cache, which shrinks to its minimum when memory is needed. */
const memoryUsed = promql`
  1 - (
    node_memory_MemAvailable_bytes + clamp_min(node_zfs_arc_size - node_zfs_arc_c_min, 0)
      or node_memory_MemAvailable_bytes
  ) / node_memory_MemTotal_bytes`;

/** Filesystems that can fill up; excludes in-memory and read-only ones, and volumes of pods, which the kubelet reports. */
export const realFilesystems =
  'fstype!~"tmpfs|devtmpfs|ramfs|rootfs|squashfs|erofs|iso9660|udf|fuse.lxcfs|nsfs", mountpoint!~".*/kubelet/(pods|plugins)/.+"';

const filesystemAvailable = promql`
  min by (${targetLabels}, mountpoint) (
    ${valid(`node_filesystem_avail_bytes{${realFilesystems}} / node_filesystem_size_bytes{${realFilesystems}}`)}
      and node_filesystem_readonly{${realFilesystems}} == 0
  )`;

/** Change of available bytes per second of each filesystem; negative while it fills up. */
const filesystemTrend = `min by (${targetLabels}, mountpoint) (deriv(node_filesystem_avail_bytes{${realFilesystems}}[6h]))`;

/** Rate of a counter; the parentheses are those of an aggregation. */
function rate(counter: string, window: string): string {
  return valid(`rate(${counter}[${window}])`);
}

export function requests(window: string): string {
  return `sum ${by} ${rate("whiteroom_http_requests_total", window)}`;
}

/** Failed requests; 0 for services with requests but without a 5xx series. */
export function requestFailures(window: string): string {
  return promql`
    sum ${by} ${rate('whiteroom_http_requests_total{code=~"5.."}', window)}
      or 0 * ${requests(window)}`;
}

/** Without the NaN of an empty histogram. */
export function quantile(value: number, histogram: string, window: string, labels = targetLabels): string {
  return valid(`histogram_quantile(${value}, sum by (${labels}, le) ${rate(`${histogram}_bucket`, window)})`);
}

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

/** Connections of a server as a share of those available to non-superuser roles. */
const connectionsUsed = promql`
  sum ${by} ${valid("pg_stat_database_numbackends")}
    / (
      max ${by} (pg_settings_max_connections)
        - max ${by} (pg_settings_superuser_reserved_connections)
    )`;

const rule = (record: string, expr: string): RecordingRule => ({ record, expr });

/** Error ratio over a long range, weighted by traffic, from recorded rates. */
function longFailureRatio(failures: string, all: string, window: string): string {
  return `sum_over_time(${failures}[${window}]) / (sum_over_time(${all}[${window}]) > 0)`;
}

/** Host metrics. */
function system(): RuleGroup {
  return {
    name: "system",
    rules: [
      rule(recorded.cpuBusy, cpuBusy(recordedWindow)),
      rule(recorded.memoryUsed, memoryUsed),
      rule(recorded.filesystemAvailable, filesystemAvailable),
      rule(recorded.diskBusy, `sum by (${targetLabels}, device) ${rate("node_disk_io_time_seconds_total", "5m")}`),
    ],
  };
}

/** Traffic, errors and latency, and error ratios of up to one hour for the budget alerts. */
function http(): RuleGroup {
  return {
    name: "http",
    rules: [
      rule(recorded.requests, requests(recordedWindow)),
      rule(
        recorded.requestsByCode,
        `sum by (${targetLabels}, code) ${rate("whiteroom_http_requests_total", recordedWindow)}`,
      ),
      rule(recorded.requestFailures, requestFailures(recordedWindow)),
      rule(recorded.requestFailureRatio, `${recorded.requestFailures} / (${recorded.requests} > 0)`),
      rule(recorded.requestP95, quantile(0.95, "whiteroom_http_request_duration_seconds", recordedWindow)),
      rule(recorded.requestP99, quantile(0.99, "whiteroom_http_request_duration_seconds", recordedWindow)),
      rule(recorded.requestFailureRatio30m, longFailureRatio(recorded.requestFailures, recorded.requests, "30m")),
      rule(recorded.requestFailureRatio1h, longFailureRatio(recorded.requestFailures, recorded.requests, "1h")),
    ],
  };
}

/**
 * Long ranges, evaluated once a minute from hourly averages: three days of raw counters would be millions of samples at
 * every evaluation.
 */
function budget(): RuleGroup {
  return {
    name: "budget",
    interval: "1m",
    rules: [
      rule(recorded.requests1h, `avg_over_time(${recorded.requests}[1h])`),
      rule(recorded.requestFailures1h, `avg_over_time(${recorded.requestFailures}[1h])`),
      rule(recorded.requestFailureRatio6h, longFailureRatio(recorded.requestFailures, recorded.requests, "6h")),
      rule(recorded.requestFailureRatio3d, longFailureRatio(recorded.requestFailures1h, recorded.requests1h, "3d")),
    ],
  };
}

/** Rendering, every 10s like the scrapes of the audio engine. */
function audio(): RuleGroup {
  return {
    name: "audio",
    interval: "10s",
    rules: [
      rule(recorded.renderP99, quantile(0.99, "whiteroom_audio_render_duration_seconds", recordedWindow)),
      rule(recorded.deadlineMissRatio, deadlineMissRatio(recordedWindow)),
      rule(recorded.xruns, xruns(recordedWindow)),
    ],
  };
}

/** Calls from Swift into the C++ engine. */
function ffi(): RuleGroup {
  const labels = `${targetLabels}, function`;
  return {
    name: "ffi",
    rules: [
      rule(recorded.ffiCalls, `sum by (${labels}) ${rate("whiteroom_ffi_calls_total", recordedWindow)}`),
      rule(recorded.ffiErrorRatio, ffiErrorRatio(recordedWindow)),
      rule(recorded.ffiP99, quantile(0.99, "whiteroom_ffi_call_duration_seconds", recordedWindow, labels)),
    ],
  };
}

/** User activity. */
function business(): RuleGroup {
  return {
    name: "business",
    rules: [
      rule(recorded.sessions, `sum by (cluster, env) ${valid("whiteroom_sessions_active")}`),
      rule(recorded.activeUsers, `max by (cluster, env, window) ${valid("whiteroom_active_users")}`),
      rule(recorded.songs, songs(songWindow)),
      rule(recorded.signups, `sum by (cluster, env, platform) ${rate("whiteroom_user_signups_total", "1h")}`),
      rule(recorded.featureUses, `sum by (${targetLabels}, feature) ${rate("whiteroom_feature_uses_total", "1h")}`),
    ],
  };
}

/** Total duration (sum) or number (count) of ended sessions, per second. */
function sessions(part: "sum" | "count"): string {
  return `sum by (${targetLabels}, platform) ${rate(`whiteroom_session_duration_seconds_${part}`, "1h")}`;
}

/** Expensive rules over hours and days, evaluated once a minute. */
function trends(settings: Settings): RuleGroup {
  return {
    name: "trends",
    interval: "1m",
    rules: [
      ...(settings.exporters.node.enabled ? [rule(recorded.filesystemTrend, filesystemTrend)] : []),
      ...(watchesApplications(settings)
        ? [
            rule(recorded.sessionTime, sessions("sum")),
            rule(recorded.sessionsEnded, sessions("count")),
            rule(recorded.songsOfDay, increaseOfDay("whiteroom_songs_created_total")),
            rule(recorded.performancesOfDay, increaseOfDay("whiteroom_performances_switched_total")),
            rule(recorded.signupsOfDay, increaseOfDay("whiteroom_user_signups_total")),
          ]
        : []),
    ],
  };
}

const database: RuleGroup = { name: "database", rules: [rule(recorded.connectionsUsed, connectionsUsed)] };

/** Notification latency. */
const delivery: RuleGroup = {
  name: "delivery",
  rules: [
    rule(
      recorded.notificationP95,
      quantile(0.95, "alertmanager_notification_latency_seconds", "1h", `${targetLabels}, integration`),
    ),
  ],
};

/** Free space of volumes; a volume mounted on several nodes is reported by each. */
const volumes: RuleGroup = {
  name: "volumes",
  rules: [
    rule(
      recorded.volumeFree,
      promql`
        min by (job, namespace, persistentvolumeclaim, service, cluster, env) (
          ${valid("kubelet_volume_stats_available_bytes / (kubelet_volume_stats_capacity_bytes > 0)")}
        )`,
    ),
  ],
};

/** Recording rules for the enabled components. */
export function recordingGroups(settings: Settings): RuleGroup[] {
  return [
    ...(settings.exporters.node.enabled ? [system()] : []),
    ...(watchesApplications(settings) ? [http(), budget(), audio(), ffi(), business()] : []),
    trends(settings),
    ...(watchesServers(settings, "postgres") ? [database] : []),
    ...(traitsOf(settings).discoversTargets ? [volumes] : []),
    ...(settings.alerting.enabled ? [delivery] : []),
    ...(settings.alerting.enabled && knowsState(settings) ? [planned] : []),
  ].filter(({ rules }) => rules.length > 0);
}
