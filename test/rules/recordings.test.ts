import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded } from "../../config/alerts/recording.ts";
import { renderRules } from "../../config/alerts/render.ts";
import { type RenderedFile, toYaml } from "../../config/file.ts";
import { needs } from "../binaries.ts";
import { backend, buckets, frontend, host, of, own } from "./case.ts";
import { isAlert, read, rulesOf } from "./expressions.ts";
import { runAmong } from "./run-among.ts";
import { stack } from "./stacks.ts";

/** What a rule must record. Alerts prove what they read; these are for dashboards alone. */
interface Recording {
  readonly record: string;
  readonly name: string;
  readonly step: string;
  readonly series: Readonly<Record<string, string>>;
  readonly at: string;
  readonly samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[];
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
      record: recorded.probeSampled,
      name: `at ${at}, one sample every ten minutes`,
      step: "30s",
      series: { [of(page, "probe_success")]: "1 1 1 1 0 1 1 1 1 0 ".repeat(6).trim() },
      at,
      samples: at === "20m" ? [{ labels: page, value: 0.8 }] : [],
    }),
  ),
  ...(
    [
      // Every tenth fails, so that the share is the same wherever the day begins.
      [recorded.probeUptime1d, "0 1 1 1 1 1 1 1 1 1 ".repeat(40).trim(), "25h", 0.9],
      [recorded.probeUptime7d, "1x200", "25h", 1],
      [recorded.probeUptime30d, "0x200", "25h", 0],
      [recorded.probeUptime90d, "1x200", "25h", 1],
    ] as const
  ).map(
    ([record, values, at, value]): Recording => ({
      record,
      name: "a day and an hour of probes",
      step: "4m",
      series: { [of(page, "probe_success")]: values },
      at,
      samples: [{ labels: page, value }],
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

// Prod's are dev's and those of a cluster.
const rules = renderRules(stack("prod"));

test("every recorded series is tested by an alert that reads it or by a separate case", () => {
  const expressions = new Map(rulesOf(rules).map((rule) => [isAlert(rule) ? rule.alert : rule.record, rule.expr]));
  const alerts = rulesOf(rules).filter(isAlert);
  const proved = new Set(recordings.map(({ record }) => record));
  const prove = (expression: string): void => {
    for (const { metric } of read(expression).selectors) {
      const inner = expressions.get(metric);
      if (inner !== undefined && !proved.has(metric)) prove(inner);
      proved.add(metric);
    }
  };
  for (const { expr } of alerts) prove(expr);
  assert.deepEqual(
    Object.values(recorded).filter((record) => !proved.has(record)),
    [],
  );
});

for (const recording of recordings) {
  test(`${recording.record}: ${recording.name}`, needs("promtool"), async () => {
    const files = rules.filter(({ content }) => content.includes("- record: "));
    await runAmong([...files, testFile(recording, files)], "promtool", "test", "rules", "recording.test.yml");
  });
}

function testFile({ record, step, series, at, samples }: Recording, files: readonly RenderedFile[]): RenderedFile {
  return {
    path: "recording.test.yml",
    content: toYaml({
      rule_files: files.map(({ path }) => path),
      evaluation_interval: step,
      tests: [
        {
          interval: step,
          input_series: Object.entries(series).map(([name, values]) => ({ series: name, values })),
          promql_expr_test: [
            {
              expr: `round(${record}, 0.001)`,
              eval_time: at,
              exp_samples: samples.map(({ labels, value }) => ({ labels: of(labels, ""), value })),
            },
          ],
        },
      ],
    }),
  };
}
