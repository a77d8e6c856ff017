import assert from "node:assert/strict";
import { before, test } from "node:test";
import { eventually } from "../running-stack.ts";
import { logTests } from "./log-tests.ts";
import { apply, fast, stack } from "./sandbox.ts";

before(() => apply(fast));

test("every target is up", async () => {
  await eventually("all targets up", 60, async () => (await stack.prometheus("up == 0")).length === 0);
  const jobs = (await stack.prometheus("count by (job) (up)")).map(({ metric }) => metric["job"]).sort();
  assert.deepEqual(jobs, [
    "alertmanager",
    "audio-engine",
    "cadvisor",
    "collector",
    "juce-backend",
    "loki",
    "nginx",
    "node",
    "postgres",
    "prometheus",
    "redis",
    "swift-frontend",
  ]);
});

test("every rule group evaluates, and no rule fails", async () => {
  const answer = await fetch("http://127.0.0.1:9090/api/v1/rules");
  const { data } = (await answer.json()) as {
    data: { groups: { name: string; rules: { name: string; health: string; lastError?: string }[] }[] };
  };
  assert.ok(data.groups.length >= 12, `${data.groups.length} groups`);
  await eventually(
    "all rules healthy",
    60,
    async () =>
      (await stack.prometheus("sum(increase(prometheus_rule_evaluation_failures_total[1m])) == 0")).length === 1,
  );
});

logTests();
