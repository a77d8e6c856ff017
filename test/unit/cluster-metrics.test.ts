import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { renderRules } from "../../config/alerts/render.ts";
import { stateResources } from "../../config/products/kube-state-metrics/kube-state-metrics.ts";
import { clusterMetrics } from "../../config/products/prometheus/cluster-metrics.ts";
import { panelQueries } from "../../dashboards/queries.ts";
import { read, rulesOf } from "../rules/expressions.ts";
import { stack } from "../rules/stacks.ts";

const prod = stack("prod");

/** Every metric that a rule, a dashboard or a runbook reads. */
function metricsInUse(): Set<string> {
  const expressions = [
    ...rulesOf(renderRules(prod)).map(({ expr }) => expr),
    ...panelQueries(prod).flatMap(({ datasource, expr }) => (datasource === "prometheus" ? expr : [])),
    ...globSync("runbooks/*.md").flatMap((page) =>
      [...readFileSync(page, "utf8").matchAll(/```promql\n([\s\S]*?)```/g)].map(([, expr = ""]) => expr),
    ),
  ];
  return new Set(expressions.flatMap((expr) => read(expr).selectors.map(({ metric }) => metric)));
}

test("exactly the cluster metrics used by rules, dashboards and runbooks are stored", () => {
  const used = metricsInUse();
  const kept = new Set<string>(Object.values(clusterMetrics).flat());
  const ofCluster = [...used].filter((metric) => /^(?:container|kubelet|apiserver|kube)_/.test(metric));
  assert.deepEqual(
    ofCluster.filter((metric) => !kept.has(metric)),
    [],
  );
  assert.deepEqual(
    [...kept].filter((metric) => !used.has(metric)),
    [],
  );
});

test("kube-state-metrics watches only the kinds of objects that its metrics describe", () => {
  const kinds = clusterMetrics.kubeStateMetrics.map((metric) => `${/^kube_([a-z]+)_/.exec(metric)?.[1]}s`);
  assert.deepEqual([...new Set(kinds)].sort(), Object.values(stateResources).flat().sort());
});
