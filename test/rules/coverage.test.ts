import assert from "node:assert/strict";
import { test } from "node:test";
import type { AlertingRule } from "../../config/alerts/alert.ts";
import { renderRules } from "../../config/alerts/render.ts";
import type { Case, Proof } from "./case.ts";
import { cases } from "./cases/index.ts";
import { firesWithoutData, noData } from "./cases/no-data.ts";
import { isAlert, read, rulesOf } from "./expressions.ts";
import { stack } from "./stacks.ts";

const rules = [
  stack("dev", { logs: { collector: "alloy" } }),
  stack("dev", { logs: { collector: "promtail" } }),
  stack("prod"),
].flatMap((settings) => rulesOf(renderRules(settings)));
const records = new Map(rules.flatMap((rule) => (isAlert(rule) ? [] : [[rule.record, rule.expr] as const])));
const alerts = rules.filter(isAlert);

/** Functions that handle counter resets. An alert that uses one needs a case with a reset. */
const counterFunctions = ["rate", "increase", "irate"];

/** Whether an expression uses one of these functions, directly or through a recorded series. */
function readsCounters(expression: string): boolean {
  const { functions, selectors } = read(expression);
  return (
    functions.some((name) => counterFunctions.includes(name)) ||
    selectors.some(({ metric }) => {
      const recorded = records.get(metric);
      return recorded !== undefined && readsCounters(recorded);
    })
  );
}

function neededProofs({ alert, expr }: AlertingRule): Proof[] {
  const proofs: Proof[] = ["fires"];
  if (read(expr).selectors.length > 0) proofs.push("comes close and stays silent");
  if (!firesWithoutData.includes(alert)) proofs.push("no data");
  if (readsCounters(expr)) proofs.push("counter reset");
  return proofs;
}

test("every alert has the required cases", () => {
  const proved = new Set([
    ...cases.map(({ alert, proves }) => `${alert}: ${proves}`),
    ...noData.checks.map(({ alert }) => `${alert}: ${noData.proves}`),
  ]);
  const missing = alerts.flatMap((rule) =>
    neededProofs(rule)
      .map((proof) => `${rule.alert}: ${proof}`)
      .filter((proof) => !proved.has(proof)),
  );
  assert.deepEqual([...new Set(missing)], []);
});

test("a firing case fires, and every other case checks that its alert does not", () => {
  const firings = ({ alert, checks }: Case) =>
    checks.filter((check) => (check.alert ?? alert) === alert).map(({ firing }) => firing.length);
  const wrong = [...cases, noData].filter((each) => {
    const found = firings(each);
    return each.proves === "fires"
      ? !found.some((count) => count > 0)
      : found.length === 0 || found.some((count) => count > 0);
  });
  assert.deepEqual(wrong, []);
});

test("an alert with a wait does not fire before it and fires after it", () => {
  const waiting = new Set(alerts.filter((rule) => rule.for !== undefined).map(({ alert }) => alert));
  for (const { alert, checks, proves } of cases) {
    const own = checks.filter((check) => (check.alert ?? alert) === alert);
    if (proves === "fires" && own[0]?.firing.length === 0) waiting.delete(alert);
  }
  assert.deepEqual([...waiting], []);
});

test("every alert that fires in a case carries severity, priority, team and service", () => {
  const incomplete = cases.flatMap(({ alert, checks }) =>
    checks
      .flatMap(({ firing }) => firing)
      .filter(({ labels }) => ["severity", "priority", "team", "service"].some((name) => !labels[name]))
      .map(() => alert),
  );
  assert.deepEqual(incomplete, []);
});
