import assert from "node:assert/strict";
import { test } from "node:test";
import { panelQueries } from "../../dashboards/queries.ts";
import { stack } from "../rules/stacks.ts";

const dev = stack("dev");

test("every Grafana variable in a query is replaced", () => {
  const left = panelQueries(dev).filter(({ expr }) => /\$[a-z_{]/.test(expr));
  assert.deepEqual(left, []);
});

test("selected values replace All", () => {
  const all = panelQueries(dev).find(({ panel }) => panel === "Request rate");
  const one = panelQueries(dev, { service: "juce-backend" }).find(({ panel }) => panel === "Request rate");
  assert.deepEqual(all, {
    dashboard: "Application Performance",
    panel: "Request rate",
    datasource: "prometheus",
    expr: 'sum by (service) (instance:whiteroom_http_requests:rate5m{cluster=~".+", service=~".+", instance=~".*"})',
    kind: "range",
    onlySome: "The selected service serves no HTTP requests.",
  });
  assert.equal(
    one?.expr,
    'sum by (service) (instance:whiteroom_http_requests:rate5m{cluster=~".+", service=~"juce-backend", instance=~".*"})',
  );
});

test("queries of variables and annotations are included", () => {
  const panels = panelQueries(dev)
    .filter(({ dashboard }) => dashboard === "Logs")
    .map(({ panel }) => panel)
    .filter((panel) => /^(?:variable|annotation) /.test(panel));
  assert.deepEqual(panels, [
    "annotation Deployments",
    "annotation P0 and P1 alerts",
    "variable cluster",
    "variable service",
    "variable instance",
    "variable level",
  ]);
});

test("Loki selectors have a matcher that rejects the empty value, with All and with one service", () => {
  for (const choice of [{}, { service: "nginx" }]) {
    const selectors = panelQueries(dev, choice)
      .filter(({ datasource }) => datasource === "loki")
      .map(({ expr }) => expr.slice(expr.indexOf("{"), expr.indexOf("}") + 1));
    assert.ok(selectors.length > 0);
    for (const selector of selectors) assert.match(selector, /=~?"(?:\.\+|[a-z][^"]*)"/);
  }
});

test("a query that may be empty says why in a sentence", () => {
  const reasons = panelQueries(dev).flatMap(({ mayBeEmpty }) => mayBeEmpty ?? []);
  assert.ok(reasons.length > 0);
  for (const reason of reasons) assert.match(reason, /^[A-Z].*\.$/);
});

test("a server that is down is red although its exporter is up, and there is no query for an unmonitored server", () => {
  const status = (panels: readonly { panel: string; expr: string }[]) =>
    panels.find(({ panel }) => panel === "Status of every service")?.expr;
  const { exporters } = dev;
  const bare = { ...dev, exporters: { ...exporters, postgres: { ...exporters.postgres, enabled: false } } };
  assert.equal(
    status(panelQueries(dev)),
    'min by (service) ({__name__=~"up|pg_up|redis_up|nginx_up", job!="probe", cluster=~".+", service=~".+"})',
  );
  assert.equal(
    status(panelQueries(bare)),
    'min by (service) ({__name__=~"up|redis_up|nginx_up", job!="probe", cluster=~".+", service=~".+"})',
  );
});

test("an alert that was only pending does not count as fired or in the time to resolve", () => {
  const fired = panelQueries(dev).filter(
    ({ panel }) => panel === "Noisiest alerts" || panel.endsWith("time to resolve"),
  );
  const episodes =
    'sum by (alertname) (changes((ALERTS_FOR_STATE{X} and ignoring (alertstate) ALERTS{alertstate="firing", X})[1h:1m]) + 1)';
  assert.deepEqual(
    fired
      .map(({ expr }) => expr.replaceAll(/cluster=~[^}]*severity!="none"/g, "X"))
      .filter((expr) => expr.includes("FOR_STATE")),
    [
      `sort_desc(sum by (alertname) (count_over_time(ALERTS{alertstate="firing", X}[1h])) * 15 / ${episodes})`,
      `topk(20, ${episodes})`,
    ],
  );
});
