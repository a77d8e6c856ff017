import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import type { RecordingRule, RuleGroup } from "./alert.ts";
import { promql, targetLabels } from "./expression.ts";
import { watchesApplications, watchesServers } from "./parts.ts";

/** The range that recorded rates and quantiles look back over. */
export const recordedWindow = "5m";

/** The range that song creation is recorded over. */
export const songWindow = "1h";

/** Names of the recorded series, `level:metric:operations`; `instance` stands for all labels of a target. */
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

/** Share of each host's CPU time that went into work, averaged over its CPUs. */
export function cpuBusy(window: string): string {
  return `1 - avg ${by} (sum without (mode) (rate(node_cpu_seconds_total{mode=~"idle|iowait"}[${window}])))`;
}

export const memoryUsed = "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes";

/** Filesystems that can fill up: in memory and read-only ones cannot, or are full by design. */
export const realFilesystems = 'fstype!~"tmpfs|devtmpfs|ramfs|rootfs|squashfs|erofs|iso9660|udf|fuse.lxcfs|nsfs"';

const filesystemAvailable = promql`
  min by (${targetLabels}, mountpoint) (
    node_filesystem_avail_bytes{${realFilesystems}} / node_filesystem_size_bytes{${realFilesystems}}
      and node_filesystem_readonly{${realFilesystems}} == 0
  )`;

/** Bytes a second that each filesystem gains; what it loses is below 0. */
const filesystemTrend = `min by (${targetLabels}, mountpoint) (deriv(node_filesystem_avail_bytes{${realFilesystems}}[6h]))`;

export function requests(window: string): string {
  return `sum ${by} (rate(whiteroom_http_requests_total[${window}]))`;
}

/** Failed requests; 0 where a service has requests and has never had a failure, since then there is no 5xx series. */
export function requestFailures(window: string): string {
  return promql`
    sum ${by} (rate(whiteroom_http_requests_total{code=~"5.."}[${window}]))
      or 0 * sum ${by} (rate(whiteroom_http_requests_total[${window}]))`;
}

/** `>= 0` drops the NaN of a histogram that counted nothing. */
export function quantile(value: number, histogram: string, window: string, labels = targetLabels): string {
  return `histogram_quantile(${value}, sum by (${labels}, le) (rate(${histogram}_bucket[${window}]))) >= 0`;
}

export function deadlineMissRatio(window: string): string {
  return promql`
    sum ${by} (rate(whiteroom_audio_render_deadline_misses_total[${window}]))
      / (sum ${by} (rate(whiteroom_audio_render_duration_seconds_count[${window}])) > 0)`;
}

/** Rounded, for an increase is extrapolated to the window's edges: 5 XRUNs come out as 5.3. */
export function xruns(window: string): string {
  return `round(sum ${by} (increase(whiteroom_audio_xruns_total[${window}])))`;
}

export function ffiErrorRatio(window: string): string {
  return promql`
    (
      sum ${by} (rate(whiteroom_ffi_calls_total{result="error"}[${window}]))
        or 0 * sum ${by} (rate(whiteroom_ffi_calls_total[${window}]))
    )
      / (sum ${by} (rate(whiteroom_ffi_calls_total[${window}])) > 0)`;
}

export function songs(window: string): string {
  return `sum by (cluster, env) (rate(whiteroom_songs_created_total[${window}]))`;
}

function increaseOfDay(counter: string): string {
  return `sum ${by} (increase(${counter}[24h]))`;
}

/** Sessions of a server over all its databases, of those that ordinary roles may open: some are kept for superusers. */
const connectionsUsed = promql`
  sum ${by} (pg_stat_database_numbackends)
    / (
      max ${by} (pg_settings_max_connections)
        - max ${by} (pg_settings_superuser_reserved_connections)
    )`;

const rule = (record: string, expr: string): RecordingRule => ({ record, expr });

/** Share of failed requests over a long range, weighted by traffic, from rates that are recorded anyway. */
function longFailureRatio(failures: string, all: string, window: string): string {
  return `sum_over_time(${failures}[${window}]) / (sum_over_time(${all}[${window}]) > 0)`;
}

/** What hosts are doing. */
function system(): RuleGroup {
  return {
    name: "system",
    rules: [
      rule(recorded.cpuBusy, cpuBusy(recordedWindow)),
      rule(recorded.memoryUsed, memoryUsed),
      rule(recorded.filesystemAvailable, filesystemAvailable),
      rule(recorded.diskBusy, `sum by (${targetLabels}, device) (rate(node_disk_io_time_seconds_total[5m]))`),
    ],
  };
}

/** Traffic, failures and latency, and the failure ratios that budget alerts compare over up to six hours. */
function http(): RuleGroup {
  return {
    name: "http",
    rules: [
      rule(recorded.requests, requests(recordedWindow)),
      rule(
        recorded.requestsByCode,
        `sum by (${targetLabels}, code) (rate(whiteroom_http_requests_total[${recordedWindow}]))`,
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
 * The long ranges, once a minute and from samples an hour wide: three days of every route's own counter would be
 * millions of samples at every evaluation.
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

/** Rendering, every 10 s as the audio engine is scraped. */
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
      rule(recorded.ffiCalls, `sum by (${labels}) (rate(whiteroom_ffi_calls_total[${recordedWindow}]))`),
      rule(recorded.ffiErrorRatio, ffiErrorRatio(recordedWindow)),
      rule(recorded.ffiP99, quantile(0.99, "whiteroom_ffi_call_duration_seconds", recordedWindow, labels)),
    ],
  };
}

/** What users do. */
function business(): RuleGroup {
  return {
    name: "business",
    rules: [
      rule(recorded.sessions, "sum by (cluster, env) (whiteroom_sessions_active)"),
      rule(recorded.activeUsers, "max by (cluster, env, window) (whiteroom_active_users)"),
      rule(recorded.songs, songs(songWindow)),
      rule(recorded.signups, "sum by (cluster, env, platform) (rate(whiteroom_user_signups_total[1h]))"),
      rule(recorded.featureUses, `sum by (${targetLabels}, feature) (rate(whiteroom_feature_uses_total[1h]))`),
    ],
  };
}

/** Seconds in sessions that ended, or how many those were, in each second of an hour. */
function sessions(part: "sum" | "count"): string {
  return `sum by (${targetLabels}, platform) (rate(whiteroom_session_duration_seconds_${part}[1h]))`;
}

/** What looks back over hours and days, once a minute: the most work of all, and nobody needs it sooner. */
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

/** How soon people were told. */
const delivery: RuleGroup = {
  name: "delivery",
  rules: [
    rule(
      recorded.notificationP95,
      quantile(0.95, "alertmanager_notification_latency_seconds", "1h", `${targetLabels}, integration`),
    ),
  ],
};

/** Room in the volumes of a cluster; one that several nodes mount is measured by each. */
const volumes: RuleGroup = {
  name: "volumes",
  rules: [
    rule(
      recorded.volumeFree,
      promql`
        min by (job, namespace, persistentvolumeclaim, service, cluster, env) (
          kubelet_volume_stats_available_bytes / (kubelet_volume_stats_capacity_bytes > 0)
        )`,
    ),
  ],
};

/** Recording rules of the parts that a stack has. */
export function recordingGroups(settings: Settings): RuleGroup[] {
  return [
    ...(settings.exporters.node.enabled ? [system()] : []),
    ...(watchesApplications(settings) ? [http(), budget(), audio(), ffi(), business()] : []),
    trends(settings),
    ...(watchesServers(settings, "postgres") ? [database] : []),
    ...(traitsOf(settings).discoversTargets ? [volumes] : []),
    ...(settings.alerting.enabled ? [delivery] : []),
  ].filter(({ rules }) => rules.length > 0);
}
