import assert from "node:assert/strict";
import { test } from "node:test";
import { panelQueries } from "../../dashboards/queries.ts";
import { stack } from "../rules/stacks.ts";

const dev = stack("dev");

test("no variable of Grafana's is left in a query", () => {
  const left = panelQueries(dev).filter(({ expr }) => /\$[a-z_{]/.test(expr));
  assert.deepEqual(left, []);
});

test("what a reader chooses takes the place of All", () => {
  const all = panelQueries(dev).find(({ panel }) => panel === "Request rate");
  const one = panelQueries(dev, { service: "juce-backend" }).find(({ panel }) => panel === "Request rate");
  assert.deepEqual(all, {
    dashboard: "Application Performance",
    panel: "Request rate",
    datasource: "prometheus",
    expr: 'sum by (service) (instance:whiteroom_http_requests:rate5m{cluster=~".+", service=~".+", instance=~".*"})',
    kind: "range",
    onlySome: "The chosen service answers no HTTP requests.",
  });
  assert.equal(
    one?.expr,
    'sum by (service) (instance:whiteroom_http_requests:rate5m{cluster=~".+", service=~"juce-backend", instance=~".*"})',
  );
});

test("variables and annotations are asked for as well", () => {
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

test("a Loki selector has a matcher that refuses the empty value, with All and with one service", () => {
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
