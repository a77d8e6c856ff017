import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { whiteRoomGroups, whiteRoomRecorded, whiteRoomTrends } from "../white-room/recording.ts";
import type { RecordingRule, RuleGroup } from "./alert.ts";
import { promql, targetLabels, valid } from "./expression.ts";
import { probesAndJourneys, watchesApplications, watchesJourneys, watchesProbes, watchesServers } from "./monitored.ts";
import { objectiveRules } from "./objective-rules.ts";
import { knowsState, planned } from "./planned.ts";
import { by, every, quantile, rate, recordedWindow, rule } from "./rates.ts";

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
  ...whiteRoomRecorded,
  connectionsUsed: "instance:pg_connections_used:ratio",
  probeSuccess: "probe:probe_success:avg5m",
  probeSampled10m: "probe:probe_success:avg10m",
  probeSampled1h: "probe:probe_success:avg1h",
  probeSampled6h: "probe:probe_success:avg6h",
  probeUptime1d: "probe:probe_success:avg1d",
  probeUptime7d: "probe:probe_success:avg7d",
  probeUptime30d: "probe:probe_success:avg30d",
  probeUptime90d: "probe:probe_success:avg90d",
  certificateDays: "probe:probe_ssl_earliest_cert_expiry_days:last10m",
  volumeFree: "claim:kubelet_volume_stats_available:ratio",
  notificationP95: "instance_integration:alertmanager_notification_latency_seconds:p95_rate1h",
} as const;

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

export function requests(window: string): string {
  return `sum ${by} ${rate("whiteroom_http_requests_total", window)}`;
}

/** Failed requests; 0 for services with requests but without a 5xx series. */
export function requestFailures(window: string): string {
  return promql`
    sum ${by} ${rate('whiteroom_http_requests_total{code=~"5.."}', window)}
      or 0 * ${requests(window)}`;
}

/** Connections of a server as a share of those available to non-superuser roles. */
const connectionsUsed = promql`
  sum ${by} ${valid("pg_stat_database_numbackends")}
    / (
      max ${by} (pg_settings_max_connections)
        - max ${by} (pg_settings_superuser_reserved_connections)
    )`;

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
 * every evaluation. Objectives on probes need no applications.
 */
function budget(settings: Settings): RuleGroup {
  return {
    name: "budget",
    interval: "1m",
    rules: [...(watchesApplications(settings) ? longRanges() : []), ...objectiveRules(settings, recorded)],
  };
}

function longRanges(): RecordingRule[] {
  return [
    rule(recorded.requests1h, `avg_over_time(${recorded.requests}[1h])`),
    rule(recorded.requestFailures1h, `avg_over_time(${recorded.requestFailures}[1h])`),
    rule(recorded.requestFailureRatio6h, longFailureRatio(recorded.requestFailures, recorded.requests, "6h")),
    rule(recorded.requestFailureRatio3d, longFailureRatio(recorded.requestFailures1h, recorded.requests1h, "3d")),
  ];
}

/** Expensive rules over hours and days, evaluated once a minute. */
function trends(settings: Settings): RuleGroup {
  return {
    name: "trends",
    interval: "1m",
    rules: [
      ...(settings.exporters.node.enabled ? [rule(recorded.filesystemTrend, filesystemTrend)] : []),
      ...(watchesApplications(settings) ? whiteRoomTrends() : []),
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

/** Days until certificates expire: the last value, because a probe that fails may not see the certificate. */
export const certificateDays = '(last_over_time(probe_ssl_earliest_cert_expiry{job="probe"}[10m]) - time()) / 86400';

const average = (series: string, range: string) => `avg_over_time(${series}[${range}])`;

/**
 * Average over a long range, from at most a few hundred samples per probe. If there are none before the shorter range, for
 * example of a new probe, uses the average over the shorter range, which covers the same time and is more recent. `before` is
 * how far back to look, so that a gap in the samples does not count as a new probe.
 */
function uptime(sampled: string, range: string, shorter: { record: string; range: string; before: string }) {
  return promql`
    (
      ${average(sampled, range)}
        and last_over_time(${sampled}[${shorter.before}] offset ${shorter.range})
    )
      or ${shorter.record}`;
}

/** Share of successful probes, and days until certificates expire. */
function probes(): RuleGroup {
  const { probeSuccess, probeSampled10m, probeSampled1h, probeSampled6h, probeUptime1d, probeUptime7d } = recorded;
  const day = { record: probeUptime1d, range: "1d", before: "2d" };
  const week = { record: probeUptime7d, range: "7d", before: "7d" };
  return {
    name: "probes",
    interval: "1m",
    rules: [
      rule(probeSuccess, average(`probe_success{${probesAndJourneys}}`, "5m")),
      rule(probeSampled10m, every("10m", average(`probe_success{${probesAndJourneys}}`, "10m"))),
      rule(probeSampled1h, every("1h", average(probeSampled10m, "1h"))),
      rule(probeSampled6h, every("6h", average(probeSampled1h, "6h"))),
      rule(probeUptime1d, `${average(probeSampled10m, "1d")}\n  or ${probeSuccess}`),
      rule(probeUptime7d, uptime(probeSampled1h, "7d", day)),
      rule(recorded.probeUptime30d, uptime(probeSampled6h, "30d", week)),
      rule(recorded.probeUptime90d, uptime(probeSampled6h, "90d", week)),
      rule(recorded.certificateDays, certificateDays),
    ],
  };
}

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
    ...(watchesApplications(settings) ? [http(), budget(settings), ...whiteRoomGroups()] : [budget(settings)]),
    trends(settings),
    ...(watchesServers(settings, "postgres") ? [database] : []),
    ...(traitsOf(settings).discoversTargets ? [volumes] : []),
    ...(watchesProbes(settings) || watchesJourneys(settings) ? [probes()] : []),
    ...(settings.alerting.enabled ? [delivery] : []),
    ...(settings.alerting.enabled && knowsState(settings) ? [planned] : []),
  ].filter(({ rules }) => rules.length > 0);
}
