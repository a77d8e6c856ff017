import assert from "node:assert/strict";
import { test } from "node:test";
import { dashboards } from "../../dashboards/index.ts";
import type { Dashboard } from "../../dashboards/lib/dashboard.ts";
import { logLines, range } from "../../dashboards/lib/query.ts";
import { timeSeries } from "../../dashboards/lib/visualizations.ts";
import { stack } from "../rules/stacks.ts";
import { lint } from "./dashboard-lint.ts";

const stacks = {
  dev: stack("dev"),
  "dev on Promtail": stack("dev", { logs: { collector: "promtail" } }),
  prod: stack("prod"),
};

for (const [name, settings] of Object.entries(stacks)) {
  test(`every panel of ${name} has a description, and all queries use existing metrics`, () => {
    assert.deepEqual(lint(dashboards(settings), settings), []);
  });
}

test("the dashboard of objectives shows what spent the budget of each kind", () => {
  // Without the objective of the demo, which is on a journey.
  const probes = { ownPages: false, targets: [{ name: "page", kind: "http", url: "http://shop.example/" }] };
  const titles = (slos: readonly object[]) =>
    dashboards(stack("dev", { slos, probes }))
      .find(({ name }) => name === "objectives")
      ?.rows.at(-1)
      ?.panels.map(({ title }) => title);
  const latency = [0.25, 1].map((threshold) => ({
    name: `within-${threshold * 1000}`,
    service: "juce-backend",
    of: "latency",
    threshold,
  }));
  const render = { name: "sound", service: "audio-engine", of: "render" };
  const probe = { name: "site", service: "swift-frontend", of: "probe", probe: "page" };
  const all = ["Budget spent per hour", "Failed requests by route", "Slow requests by route"];
  assert.deepEqual(titles([]), all.slice(0, 2));
  assert.deepEqual(titles([...latency, render]), [...all, "Late audio renders"]);
  assert.deepEqual(titles([...latency, probe]), [...all, "Failed probes"]);
  const settings = stack("dev", { slos: [...latency, render], probes });
  assert.deepEqual(lint(dashboards(settings), settings), []);
});

/** Words that people search for; each is part of a panel's title. */
const wanted = {
  "System Health": ["Status", "CPU", "Memory", "Disk I/O", "Network", "Disk space", "Load", "Containers", "Uptime"],
  "Application Performance": [
    "Request rate",
    "Error rate",
    "P95",
    "P99",
    "Audio render time",
    "XRUN",
    "FFI P99 latency",
    "FFI error rate",
    "Active connections",
    "Response codes",
  ],
  "Business Metrics": [
    "DAU",
    "MAU",
    "Songs created",
    "Performances switched",
    "Signups",
    "Song creation rate",
    "Session duration",
    "Retention",
    "Feature usage",
    "Top instruments",
    "Error rate by feature",
  ],
  Traces: [
    "Request rate",
    "Error rate",
    "Duration",
    "Slowest operations",
    "Latency heat map",
    "Service graph",
    "Spans received and dropped",
  ],
  Alerts: ["Active incidents", "Firing rate", "Response times", "Escalation status", "Alert history"],
  Objectives: ["Objectives", "Budget left", "Burn rate", "Budget spent per hour", "Failed requests by route"],
} as const;

test("all required panels exist", () => {
  const all = dashboards(stacks.dev);
  for (const [title, panels] of Object.entries(wanted)) {
    const dashboard = all.find((each) => each.title.includes(title));
    const titles = dashboard?.rows.flatMap((row) => row.panels.map((panel) => panel.title)) ?? [];
    const missing = panels.filter((words) => !titles.some((each) => each.includes(words)));
    assert.deepEqual(missing, [], `dashboard "${title}"`);
  }
});

function withPanel(panel: Partial<Parameters<typeof timeSeries>[0]>): Dashboard {
  const spec = {
    title: "Songs",
    description: "Songs that were created, over 5 minutes.",
    unit: "short",
    width: 12,
    queries: [],
    ...panel,
  };
  return {
    name: "businessMetrics",
    title: "Business",
    description: "",
    from: "now-1h",
    variables: [],
    annotations: [],
    rows: [{ title: "", panels: [timeSeries(spec)] }],
  };
}

const songRate = { queries: [range('sum(rate(whiteroom_songs_created_total{service=~"$service"}[5m]))', "songs")] };

const mistakes: readonly (readonly [string, Dashboard[], string[]])[] = [
  [
    "a panel without unit",
    [withPanel({ unit: "" })],
    ['dashboards/white-room/business-metrics.ts, panel "Songs": has no unit'],
  ],
  [
    "a panel without description",
    [withPanel({ description: "songs" })],
    ['dashboards/white-room/business-metrics.ts, panel "Songs": has no description of whole sentences'],
  ],
  [
    "an unknown metric",
    [withPanel({ queries: [range('sum(rate(whiteroom_songs_total{service=~"$service"}[5m]))', "songs")] })],
    ['dashboards/white-room/business-metrics.ts, panel "Songs": reads the unknown metric whiteroom_songs_total'],
  ],
  [
    "an unknown label",
    [
      withPanel({
        queries: [range('sum(rate(whiteroom_songs_created_total{service=~"$service", device="x"}[5m]))', "songs")],
      }),
    ],
    [
      'dashboards/white-room/business-metrics.ts, panel "Songs": selects what does not exist: whiteroom_songs_created_total device="x"',
    ],
  ],
  [
    "a counter that is read as it is",
    [withPanel({ queries: [range('sum(whiteroom_songs_created_total{service=~"$service"})', "songs")] })],
    [
      'dashboards/white-room/business-metrics.ts, panel "Songs": reads the counter whiteroom_songs_created_total without rate or increase',
    ],
  ],
  [
    "a query of everything",
    [withPanel({ queries: [range("sum(rate(whiteroom_songs_created_total[5m]))", "songs")] })],
    [
      'dashboards/white-room/business-metrics.ts, panel "Songs": selects neither service nor job: whiteroom_songs_created_total',
    ],
  ],
  [
    "a range that is not shown",
    [withPanel({ queries: [range('sum(rate(whiteroom_songs_created_total{service=~"$service"}[10m]))', "songs")] })],
    [
      'dashboards/white-room/business-metrics.ts, panel "Songs": looks back over [10m], and its description does not say so',
    ],
  ],
  [
    "an average of quantiles",
    [
      withPanel({
        queries: [
          range('avg(instance:whiteroom_http_request_duration_seconds:p95_rate5m{service=~"$service"})', "P95"),
        ],
      }),
    ],
    [
      'dashboards/white-room/business-metrics.ts, panel "Songs": adds up or averages quantiles: avg(instance:whiteroom_http_request_duration_seconds:p95_rate5m{service=~"$service"})',
    ],
  ],
  [
    "a group that nothing falls into",
    [withPanel({ queries: [range('sum by (colour) (up{service=~"$service"})', "{{colour}}")] })],
    ['dashboards/white-room/business-metrics.ts, panel "Songs": groups by colour, which nothing it reads has'],
  ],
  [
    "a label that no log stream has",
    [withPanel({ queries: [logLines('{service=~".+", trace_id="1"}', 10)] })],
    [
      'dashboards/white-room/business-metrics.ts, panel "Songs": selects streams by trace_id, which is no label of theirs: {service=~".+", trace_id="1"}',
    ],
  ],
  [
    "a range of more than an hour",
    [
      withPanel({
        description: "Songs that were created in 6 hours.",
        queries: [range('sum(increase(whiteroom_songs_created_total{service=~"$service"}[6h]))', "songs")],
      }),
    ],
    [
      'dashboards/white-room/business-metrics.ts, panel "Songs": looks back over [6h], and its description does not say so',
      'dashboards/white-room/business-metrics.ts, panel "Songs": looks back over more than an hour: record whiteroom_songs_created_total{service=~"$service"}[6h]',
    ],
  ],
  [
    "a rate that two panels compute",
    [withPanel({}), { ...withPanel(songRate), name: "logs" }, { ...withPanel(songRate), name: "home" }],
    [
      'dashboards/logs.ts, panel "Songs" and dashboards/home.ts, panel "Songs" compute the same, record it: rate(whiteroom_songs_created_total{service=~"$service"}[5m])',
    ],
  ],
  [
    "a graph of services that leads to no logs",
    [withPanel({ queries: [range('sum by (service) (up{service=~"$service"})', "{{service}}")] })],
    [
      'dashboards/white-room/business-metrics.ts, panel "Songs": shows services and does not lead to their logs: set leadsToLogs',
    ],
  ],
  [
    "a query that does not parse",
    [withPanel({ queries: [range('sum(up{service="x"}', "up")] })],
    ['dashboards/white-room/business-metrics.ts, panel "Songs": does not parse at "": sum(up{service="x"}'],
  ],
  [
    "a uid that is taken",
    [withPanel({}), withPanel({})],
    [
      'dashboards/white-room/business-metrics.ts: has the uid "white-room-business-metrics", which another dashboard has',
    ],
  ],
];

for (const [mistake, all, problems] of mistakes) {
  test(`${mistake} is reported with its file and panel`, () => {
    assert.deepEqual(lint(all, stacks.dev), problems);
  });
}
