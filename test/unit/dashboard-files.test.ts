import assert from "node:assert/strict";
import { test } from "node:test";
import { traitsOf } from "../../components/platform/traits.ts";
import { type AlertName, alertNames, alerts } from "../../config/alerts/catalogue.ts";
import { renderLogRules, renderRules } from "../../config/alerts/render.ts";
import { dashboardUids } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { dashboards, renderDashboards } from "../../dashboards/index.ts";
import { panelQueries } from "../../dashboards/queries.ts";
import { isAlert, rulesOf } from "../rules/expressions.ts";
import { stack } from "../rules/stacks.ts";

interface File {
  readonly id: number | null;
  readonly uid: string;
  readonly title: string;
  readonly schemaVersion: number;
  readonly links: readonly { readonly title: string; readonly url: string }[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly includeAll: boolean }[] };
  readonly panels: readonly FilePanel[];
}

interface FilePanel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly links?: readonly { readonly title: string; readonly url: string }[];
  readonly targets?: readonly { readonly expr: string }[];
  readonly fieldConfig?: {
    readonly defaults: {
      readonly thresholds?: { readonly steps: readonly object[] };
      readonly links?: readonly { readonly url: string }[];
      readonly noValue?: string;
    };
  };
}

function files(settings: Settings): File[] {
  return renderDashboards(settings).map(({ content }) => JSON.parse(content) as File);
}

function panelOf(settings: Settings, uid: string, title: string): FilePanel | undefined {
  return files(settings)
    .find((file) => file.uid === uid)
    ?.panels.find((panel) => panel.title === title);
}

const dev = stack("dev");
const prod = stack("prod", { tracing: { enabled: true } });

test("files are named by their uid, and the same settings give the same bytes", () => {
  const rendered = renderDashboards(dev);
  const paths = Object.values(dashboardUids).map((uid) => `${uid}.json`);
  assert.deepEqual(
    rendered.map(({ path }) => path),
    paths.filter((path) => path !== `${dashboardUids.kubernetes}.json`),
  );
  assert.deepEqual(
    renderDashboards(prod).map(({ path }) => path),
    paths,
  );
  assert.deepEqual(rendered, renderDashboards(stack("dev")));
});

test("built-in dashboards leave the promised space for user dashboards in the ConfigMap", () => {
  const kibibytes = renderDashboards(prod).reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / 1024;
  assert.ok(kibibytes < 1024 - traitsOf({ platform: "kubernetes" }).extraDashboardsLimit, `${kibibytes} KiB`);
});

test("every file has Grafana's schema 42, no database ID, and a unique uid", () => {
  for (const { path, content } of renderDashboards(dev)) {
    const { id, uid, schemaVersion } = JSON.parse(content) as File;
    assert.deepEqual({ id, uid: `${uid}.json`, schemaVersion }, { id: null, uid: path, schemaVersion: 42 });
  }
});

test("panels have unique IDs, stay within 24 columns and do not overlap", () => {
  for (const { title, panels } of files(dev)) {
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, title);
    const taken = new Map<string, string>();
    for (const { title: panel, gridPos } of panels) {
      assert.ok(gridPos.x + gridPos.w <= 24, `${title}: ${panel} reaches over the edge`);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.equal(taken.get(`${x},${y}`), undefined, `${title}: ${panel} covers another panel`);
          taken.set(`${x},${y}`, panel);
        }
      }
    }
  }
});

test("every dashboard lets readers choose the source; those with targets also cluster, service and instance, each with All", () => {
  for (const { uid, templating } of files(dev)) {
    const names = templating.list.map(({ name }) => name);
    const expected =
      uid === dashboardUids.home
        ? ["datasource", "cluster"]
        : // Spans do not say which replica of a service they come from.
          ["datasource", "cluster", "service", ...(uid === dashboardUids.traces ? [] : ["instance"])];
    assert.deepEqual(
      expected.filter((name) => !names.includes(name)),
      [],
      uid,
    );
    for (const { name, includeAll } of templating.list) {
      if (["cluster", "service", "instance"].includes(name)) assert.equal(includeAll, true, `${uid}: ${name}`);
    }
  }
});

test("each dashboard links to all others, at the same time and cluster", () => {
  const all = files(dev);
  for (const { uid, links } of all) {
    const others = all.filter((other) => other.uid !== uid).map((other) => `/d/${other.uid}`);
    assert.deepEqual(
      links.map(({ url }) => url.split("?")[0]),
      others,
    );
    for (const { url } of links) assert.match(url, /\?\$\{cluster:queryparam\}/);
  }
});

test("an alert's dashboard has a panel that shows it and links to its runbook", () => {
  const all = files(prod);
  for (const { alert, annotations } of [...rulesOf(renderRules(prod)), ...rulesOf(renderLogRules(prod))].filter(
    isAlert,
  )) {
    if (alert === "Watchdog") continue;
    const uid = (annotations["dashboard_url"] ?? "").split("/d/")[1];
    const links = all.find((file) => file.uid === uid)?.panels.flatMap((panel) => panel.links ?? []) ?? [];
    const runbook = links.find(({ title }) => title === `Runbook: ${alert}`);
    assert.equal(runbook?.url, annotations["runbook_url"], `${alert} on ${uid}`);
  }
});

/** Alerts whose threshold is not a line on a graph, and why. */
const withoutLine: Readonly<Partial<Record<AlertName, string>>> = {
  SecurityVulnerabilityDetected: "findings are counted by severity, each in its colour from the first on",
  SongCreationRateDropped: "a share of last week's rate: a separate series next to it",
  NewUserSignup: "counts a quarter of an hour, the graph shows a rate",
  DeploymentCompleted: "an age: the table shows when",
  LogSourceSilent: "a look-back: the panel shows the gap",
  ErrorLogBurst: "compares with the hour before",
  PostgresFatalErrors: "any line is one too many",
  SpansDropped: "none may be lost: the panel shows those that are",
  NginxUpstreamFailures: "its panel shows the lines themselves",
};

test("every alert's threshold is on a panel of its dashboard, unless no line can show it", () => {
  const all = dashboards(prod);
  const shown = new Set(
    all.flatMap(({ rows }) =>
      rows.flatMap(({ panels }) =>
        panels.flatMap(({ thresholds }) =>
          thresholds !== undefined && "fires" in thresholds ? thresholds.alerts : [],
        ),
      ),
    ),
  );
  const missing = alertNames.filter((name) => "threshold" in alerts[name] && !shown.has(name));
  assert.deepEqual(missing.toSorted(), Object.keys(withoutLine).sort());
});

test("last week's song rate is shown with the alert's share of it", () => {
  const retuned = stack("dev", { alerting: { rules: { SongCreationRateDropped: { threshold: 0.3 } } } });
  const panel = panelOf(retuned, dashboardUids.businessMetrics, "Song creation rate");
  assert.deepEqual(
    panel?.targets?.map(({ expr }) => expr.replace(/.*\}/, "")),
    [") * 3600", " offset 1w) * 3600", " offset 1w) * 3600 * 0.3"],
  );
});

test("a panel names only alerts that exist", () => {
  const named = dashboards(dev).flatMap(({ rows }) =>
    rows.flatMap(({ panels }) => panels.flatMap((each) => each.alerts ?? [])),
  );
  assert.deepEqual(
    named.filter((name) => !alertNames.includes(name as AlertName)),
    [],
  );
});

test("a threshold is the number in the alert, in the color of its severity", () => {
  const retuned = stack("dev", { alerting: { rules: { HighErrorRate: { threshold: 0.2 } } } });
  const steps = panelOf(retuned, dashboardUids.applicationPerformance, "Error rate")?.fieldConfig?.defaults.thresholds;
  assert.deepEqual(steps?.steps, [
    { value: null, color: "green" },
    { value: 0.2, color: "orange" },
  ]);
});

test("for alerts that fire below a threshold, values and line have their colour below it", () => {
  const steps = (title: string) =>
    panelOf(dev, dashboardUids.systemHealth, title)?.fieldConfig?.defaults.thresholds?.steps;
  assert.deepEqual(steps("Disk space"), [
    { value: null, color: "red" },
    { value: 0.1, color: "orange" },
    { value: 0.3, color: "green" },
  ]);
  assert.deepEqual(steps("Disk space left"), [
    { value: null, color: "green" },
    { value: 0.1, color: "red" },
    { value: 0.3, color: "orange" },
  ]);
});

test("a disabled alert has neither threshold nor runbook on its panel", () => {
  const off = stack("dev", { alerting: { rules: { HighErrorRate: { enabled: false } } } });
  const panel = panelOf(off, dashboardUids.applicationPerformance, "Error rate");
  assert.deepEqual(panel?.fieldConfig?.defaults.thresholds?.steps, [{ value: null, color: "green" }]);
  assert.deepEqual(panel?.links ?? [], []);
});

test("a point of a service's series leads to that service's log lines in the same time", () => {
  const panel = panelOf(dev, dashboardUids.applicationPerformance, "Request rate");
  assert.deepEqual(
    panel?.fieldConfig?.defaults.links?.map(({ url }) => url),
    [`/d/white-room-logs?\${cluster:queryparam}&var-service=\${__field.labels.service}&\${__url_time_range}`],
  );
});

test("a panel that may be empty shows the reason instead of No data", () => {
  const panel = panelOf(dev, dashboardUids.alerts, "Alert history");
  assert.equal(panel?.fieldConfig?.defaults.noValue, "No alerts fired in this time range.");
});

const without: Readonly<Record<string, { readonly off: Record<string, unknown>; readonly gone: RegExp }>> = {
  logs: { off: { logs: { enabled: false } }, gone: /loki|collector|white-room-logs|whiteroom_log_lines/i },
  alerting: { off: { alerting: { enabled: false } }, gone: /ALERTS|alertmanager|Runbook|white-room-alerts/ },
  "node exporter": { off: { exporters: { node: { enabled: false } } }, gone: /node_|instance:node|"Hosts"/ },
  cadvisor: { off: { exporters: { cadvisor: { enabled: false } } }, gone: /container_/ },
  postgres: { off: { exporters: { postgres: { enabled: false } } }, gone: /pg_/ },
  "nginx and its logs": {
    off: { exporters: { nginx: { enabled: false } }, logs: { sources: { nginx: { enabled: false } } } },
    gone: /nginx_(?:up|http|connections)|request_time/,
  },
};

for (const [part, { off, gone }] of Object.entries(without)) {
  test(`without ${part} no dashboard queries it`, () => {
    for (const { path, content } of renderDashboards(stack("dev", off))) {
      assert.equal(
        content.split("\n").find((line) => gone.test(line)),
        undefined,
        path,
      );
    }
  });
}

test("without applications they have no dashboard, and no query uses their metrics", () => {
  const off = Object.fromEntries(Object.keys(dev.applications).map((job) => [job, { enabled: false }]));
  const bare = stack("dev", { applications: off });
  assert.deepEqual(
    dashboards(bare).map(({ name }) => name),
    ["home", "systemHealth", "objectives", "probes", "traces", "longTerm", "alerts", "logs", "monitoring"],
  );
  const asking = panelQueries(bare).filter(({ expr }) => /whiteroom_(?!log_)/.test(expr));
  assert.deepEqual(asking, []);
});

test("without a receiver the table of receivers may be empty", () => {
  const off = { enabled: false };
  const alerting = { pagerduty: off, slack: off, email: off, heartbeat: off };
  const reasons = (settings: Settings) =>
    panelQueries(settings)
      .filter(({ panel }) => panel === "Delivery by receiver")
      .map(({ mayBeEmpty }) => mayBeEmpty);
  assert.deepEqual(reasons(stack("dev", { alerting })), ["No receiver is configured.", "No receiver is configured."]);
  assert.deepEqual(reasons(dev), [undefined, undefined]);
});

test("an alert about missing targets has no cluster and is shown anyway", () => {
  const asking = panelQueries(dev, { cluster: "local" }).filter(({ expr }) => /\bALERTS\{/.test(expr));
  assert.ok(asking.length > 0);
  for (const { panel, expr } of asking) assert.doesNotMatch(expr, /cluster=~"local"/, panel);
});

test("containers are known by their pods on Kubernetes and by their own names on Docker", () => {
  const title = "Container memory";
  const ofPods = panelOf(stack("prod"), dashboardUids.systemHealth, title)?.targets?.[0]?.expr ?? "";
  const ofContainers = panelOf(dev, dashboardUids.systemHealth, title)?.targets?.[0]?.expr ?? "";
  assert.match(ofPods, /^max by \(namespace, pod, container\)/);
  assert.match(ofContainers, /^max by \(name\)/);
});

test("each collector's own metrics are read", () => {
  const exprs = (collector: string) =>
    files(stack("dev", { logs: { collector } }))
      .flatMap(({ panels }) => panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)))
      .filter((expr) => /promtail_|loki_write_|loki_source_/.test(expr));
  assert.ok(exprs("alloy").length > 0 && exprs("alloy").every((expr) => !expr.includes("promtail_")));
  assert.ok(exprs("promtail").length > 0 && exprs("promtail").every((expr) => !/loki_write_|loki_source_/.test(expr)));
});
