import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded } from "../../config/alerts/recording.ts";
import { renderRules } from "../../config/alerts/render.ts";
import { toYaml } from "../../config/file.ts";
import { needs } from "../binaries.ts";
import { backend, buckets, frontend, host, of, own } from "./case.ts";
import { isAlert, read, rulesOf } from "./expressions.ts";
import { runAmong } from "./run-among.ts";
import { stack } from "./stacks.ts";

/** What a rule must record, for series that only dashboards read. Cases of alerts cover the others. */
interface Recording {
  readonly record: string;
  readonly name: string;
  readonly step: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
}

/** Uptime of a probe, in all ranges. */
interface UptimeCase {
  readonly name: string;
  readonly step: string;
  /** In promtool's notation. */
  readonly values: string;
  readonly at: string;
  /** Expected share of successful probes, by range. */
  readonly shares: Readonly<Record<keyof typeof uptimes, number>>;
}

type Labels = Readonly<Record<string, string>>;

const request = (code: string, labels: Labels) => of(backend, "whiteroom_http_requests_total", { code, ...labels });
const user = (window: string, target: Labels) => of(target, "whiteroom_active_users", { window });
const second = { ...frontend, instance: "web-2:8001" } as const;
const place = { cluster: "studio", env: "test" } as const;
const page = { ...own("probe", "https://shop.example"), probe: "shop", team: "product", service: "shop" };
const alertmanager = own("alertmanager", "alertmanager:9093");

const perDay = (record: string, counter: string): Recording => ({
  record,
  name: "a day of two a minute, of a counter that is older and starts again",
  step: "4m",
  series: {
    [of(frontend, counter, { platform: "ios" })]: "0+8x210 8+8x190",
    [of(frontend, counter, { platform: "macos" })]: "5x400",
  },
  at: "26h",
  samples: [{ labels: frontend, value: 2880 }],
});

const recordings: readonly Recording[] = [
  {
    record: recorded.requestsByCode,
    name: "two codes of two routes",
    step: "15s",
    series: {
      [request("200", { route: "/a" })]: "0+30x40",
      [request("200", { route: "/b" })]: "0+15x40",
      [request("503", { route: "/b" })]: "0+3x40",
    },
    at: "8m",
    samples: [
      { labels: { ...backend, code: "200" }, value: 3 },
      { labels: { ...backend, code: "503" }, value: 0.2 },
    ],
  },
  {
    record: recorded.requestP99,
    name: "a hundred fast requests, and two in a hundred slow ones",
    step: "15s",
    series: buckets(
      backend,
      "whiteroom_http_request_duration_seconds",
      { "0.5": 98, "1.0": 98, "2.5": 100, "+Inf": 100 },
      (count) => `0+${count}x40`,
    ),
    at: "8m",
    samples: [{ labels: backend, value: 1.75 }],
  },
  {
    record: recorded.diskBusy,
    name: "busy for three seconds of four",
    step: "15s",
    series: { [of(host, "node_disk_io_time_seconds_total", { device: "vda" })]: "0+11.25x40" },
    at: "8m",
    samples: [{ labels: { ...host, device: "vda" }, value: 0.75 }],
  },
  {
    record: recorded.filesystemTrend,
    name: "one filesystem loses a kilobyte a second, one in memory more",
    step: "4m",
    series: {
      [of(host, "node_filesystem_avail_bytes", { mountpoint: "/", fstype: "ext4", device: "vda1" })]:
        "900000000-240000x120",
      [of(host, "node_filesystem_avail_bytes", { mountpoint: "/run", fstype: "tmpfs", device: "tmpfs" })]:
        "9000000-24000x120",
    },
    at: "8h",
    samples: [{ labels: { ...host, mountpoint: "/" }, value: -1000 }],
  },
  {
    record: recorded.ffiCalls,
    name: "calls that work and calls that fail",
    step: "15s",
    series: {
      [of(frontend, "whiteroom_ffi_calls_total", { function: "note_on", result: "ok" })]: "0+30x40",
      [of(frontend, "whiteroom_ffi_calls_total", { function: "note_on", result: "error" })]: "0+15x40",
    },
    at: "8m",
    samples: [{ labels: { ...frontend, function: "note_on" }, value: 3 }],
  },
  {
    record: recorded.activeUsers,
    name: "two replicas that say the same count once",
    step: "15s",
    series: { [user("1d", frontend)]: "120x40", [user("1d", second)]: "120x40", [user("7d", frontend)]: "300x40" },
    at: "8m",
    samples: [
      { labels: { ...place, window: "1d" }, value: 120 },
      { labels: { ...place, window: "7d" }, value: 300 },
    ],
  },
  {
    record: recorded.signups,
    name: "on two instances of one platform",
    step: "4m",
    series: {
      [of(frontend, "whiteroom_user_signups_total", { platform: "ios" })]: "0+24x60",
      [of(second, "whiteroom_user_signups_total", { platform: "ios" })]: "0+24x60",
    },
    at: "3h",
    samples: [{ labels: { ...place, platform: "ios" }, value: 0.2 }],
  },
  {
    record: recorded.featureUses,
    name: "each feature of its own",
    step: "4m",
    series: {
      [of(frontend, "whiteroom_feature_uses_total", { feature: "mixer" })]: "0+24x60",
      [of(frontend, "whiteroom_feature_uses_total", { feature: "looper" })]: "0+12x60",
    },
    at: "3h",
    samples: [
      { labels: { ...frontend, feature: "looper" }, value: 0.05 },
      { labels: { ...frontend, feature: "mixer" }, value: 0.1 },
    ],
  },
  sessionsOfHour(recorded.sessionTime, "whiteroom_session_duration_seconds_sum", "0+24000x60", 100),
  sessionsOfHour(recorded.sessionsEnded, "whiteroom_session_duration_seconds_count", "0+12x60", 0.05),
  perDay(recorded.songsOfDay, "whiteroom_songs_created_total"),
  perDay(recorded.performancesOfDay, "whiteroom_performances_switched_total"),
  perDay(recorded.signupsOfDay, "whiteroom_user_signups_total"),
  {
    record: recorded.notificationP95,
    name: "mails are slow, nothing was sent by Slack",
    step: "4m",
    series: {
      ...notifications("email", { "1.0": 90, "5.0": 100, "+Inf": 100 }, (count) => `0+${count}x60`),
      ...notifications("slack", { "1.0": 7, "5.0": 9, "+Inf": 9 }, (count) => `${count}x60`),
    },
    at: "3h",
    samples: [{ labels: { ...alertmanager, integration: "email" }, value: 3 }],
  },
  {
    record: recorded.probeSuccess,
    name: "two of ten probes failed",
    step: "30s",
    series: { [of(page, "probe_success")]: "1 1 1 1 0 1 1 1 1 0 ".repeat(4).trim() },
    at: "15m",
    samples: [{ labels: page, value: 0.8 }],
  },
  ...(["20m", "29m"] as const).map(
    (at): Recording => ({
      record: recorded.probeSampled10m,
      name: `at ${at}, one sample every ten minutes`,
      step: "30s",
      series: { [of(page, "probe_success")]: "1 1 1 1 0 1 1 1 1 0 ".repeat(6).trim() },
      at,
      samples: at === "20m" ? [{ labels: page, value: 0.8 }] : [],
    }),
  ),
  {
    record: recorded.certificateDays,
    name: "ten days left, and the probe does not see the certificate any more",
    step: "1m",
    series: { [of(page, "probe_ssl_earliest_cert_expiry")]: "864600x10" },
    at: "10m",
    samples: [{ labels: page, value: 10 }],
  },
];

const uptimes = {
  "1d": recorded.probeUptime1d,
  "7d": recorded.probeUptime7d,
  "30d": recorded.probeUptime30d,
  "90d": recorded.probeUptime90d,
} as const;

const uptimeCases: readonly UptimeCase[] = [
  {
    name: "failures of two days, twelve hours and one hour within 90 days",
    step: "1h",
    values: "1x719 0x47 1x1319 0x11 1x101 0 1x9",
    at: "2211h",
    shares: { "1d": 1 - 1 / 24, "7d": 1 - 13 / 168, "30d": 1 - 13 / 720, "90d": 1 - 61 / 2160 },
  },
  {
    name: "a failure that began five hours ago does not count in 30 and 90 days yet",
    step: "1h",
    values: "1x2214 0x5",
    at: "2219h",
    shares: { "1d": 1 - 5 / 24, "7d": 1 - 5 / 168, "30d": 1, "90d": 1 },
  },
  {
    name: "a failure that began 50 minutes ago counts only in one day yet",
    step: "10m",
    values: "1x300 0x5",
    at: "3050m",
    shares: { "1d": 1 - 5 / 144, "7d": 1, "30d": 1, "90d": 1 },
  },
  {
    name: "a new probe that failed for the first of three hours",
    step: "10m",
    values: "0x5 1x11",
    at: "170m",
    shares: { "1d": 2 / 3, "7d": 2 / 3, "30d": 2 / 3, "90d": 2 / 3 },
  },
  {
    name: "before the first sample, the last five minutes",
    step: "1m",
    values: "_ _ 0 1 1 1",
    at: "5m",
    shares: { "1d": 0.75, "7d": 0.75, "30d": 0.75, "90d": 0.75 },
  },
  {
    name: "ten days old, and the first half failed",
    step: "1h",
    values: "0x119 1x119",
    at: "239h",
    // 40 intervals of six hours, the first of which has samples only in its last hour.
    shares: { "1d": 1, "7d": 1 - 48 / 168, "30d": 1 - (20 + 5 / 6) / 40, "90d": 1 - (20 + 5 / 6) / 40 },
  },
  {
    name: "Prometheus was down for 25 hours, until five hours ago, and the probe failed for ten hours before",
    step: "1h",
    values: "1x999 0x9 _x25 1x5",
    at: "1040h",
    // 117 and 171 intervals of six hours have samples. One has them only in its first hour, which failed.
    shares: { "1d": 1, "7d": 1 - 10 / 143, "30d": 1 - 2.5 / 117, "90d": 1 - 2.5 / 171 },
  },
];

function sessionsOfHour(record: string, metric: string, values: string, rate: number): Recording {
  return {
    record,
    name: "each platform and instance of its own",
    step: "4m",
    series: {
      [of(frontend, metric, { platform: "ios" })]: values,
      [of(second, metric, { platform: "ios" })]: values,
      [of(second, metric, { platform: "macos" })]: values,
    },
    at: "3h",
    samples: [
      { labels: { ...frontend, platform: "ios" }, value: rate },
      { labels: { ...second, platform: "ios" }, value: rate },
      { labels: { ...second, platform: "macos" }, value: rate },
    ],
  };
}

function notifications(
  integration: string,
  counts: Readonly<Record<string, number>>,
  values: (count: number) => string,
) {
  return buckets(alertmanager, "alertmanager_notification_latency_seconds", counts, values, { integration });
}

// Prod has all of dev's recording rules, and those for Kubernetes.
const rules = renderRules(stack("prod"));

test("every recorded series is tested by an alert that reads it or by a separate case", () => {
  const expressions = new Map(rulesOf(rules).map((rule) => [isAlert(rule) ? rule.alert : rule.record, rule.expr]));
  const alerts = rulesOf(rules).filter(isAlert);
  const proved = new Set<string>([...recordings.map(({ record }) => record), ...Object.values(uptimes)]);
  const prove = (expression: string): void => {
    for (const { metric } of read(expression).selectors) {
      const inner = expressions.get(metric);
      if (inner !== undefined && !proved.has(metric)) prove(inner);
      proved.add(metric);
    }
  };
  for (const { expr } of alerts) prove(expr);
  for (const record of Object.values(uptimes)) prove(expressions.get(record) ?? "");
  assert.deepEqual(
    Object.values(recorded).filter((record) => !proved.has(record)),
    [],
  );
});

for (const { record, name, at, samples, ...input } of recordings) {
  test(`${record}: ${name}`, needs("promtool"), () =>
    promtool({ ...input, checks: [{ expr: `round(${record}, 0.001)`, eval_time: at, exp_samples: written(samples) }] }),
  );
}

for (const { name, step, values, at, shares } of uptimeCases) {
  test(`uptime: ${name}`, needs("promtool"), () =>
    promtool({
      step,
      series: { [of(page, "probe_success")]: values },
      checks: Object.entries(shares).map(([range, value]) => ({
        expr: `round(${uptimes[range as keyof typeof uptimes]}, 0.0001)`,
        eval_time: at,
        exp_samples: written([{ labels: page, value: Math.round(value * 10_000) / 10_000 }]),
      })),
    }),
  );
}

const written = (samples: Recording["samples"]) =>
  samples.map(({ labels, value }) => ({ labels: of(labels, ""), value }));

async function promtool(input: {
  readonly step: string;
  readonly series: Recording["series"];
  readonly checks: readonly { readonly expr: string; readonly eval_time: string; readonly exp_samples: unknown }[];
}): Promise<void> {
  const read = input.checks.map(({ expr }) => /\((\S+),/.exec(expr)?.[1]);
  // Only the file that records them: evaluating all rules over months would take minutes.
  const files = rules.filter(({ content }) => read.some((record) => content.includes(`- record: ${record}\n`)));
  assert.equal(files.length, 1);
  const series = Object.entries(input.series).map(([name, values]) => ({ series: name, values }));
  const content = toYaml({
    rule_files: files.map(({ path }) => path),
    evaluation_interval: input.step,
    tests: [{ interval: input.step, input_series: series, promql_expr_test: input.checks }],
  });
  await runAmong(
    [...files, { path: "recording.test.yml", content }],
    "promtool",
    "test",
    "rules",
    "recording.test.yml",
  );
}
