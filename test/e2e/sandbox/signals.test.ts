import assert from "node:assert/strict";
import { before, test } from "node:test";
import { eventually } from "../running-stack.ts";
import { logTests } from "./log-tests.ts";
import { apply, fast, stack } from "./sandbox.ts";

before(() => apply(fast));

test("every target is up", async () => {
  await eventually("all targets scraped and up", 60, async () => {
    const targets = await stack.prometheus("up");
    return targets.length >= 14 && targets.every(({ value }) => value === 1);
  });
  const jobs = (await stack.prometheus("count by (job) (up)")).map(({ metric }) => metric["job"]).sort();
  assert.deepEqual(jobs, [
    "alertmanager",
    "audio-engine",
    "blackbox",
    "cadvisor",
    "collector",
    "journey",
    "juce-backend",
    "loki",
    "nginx",
    "node",
    "postgres",
    "probe",
    "prometheus",
    "redis",
    "socket-proxy",
    "swift-frontend",
    "web-gateway",
  ]);
});

/** Longest evaluation interval in seconds: that of the budget group, and of Loki's only group. */
const slowestInterval = 60;

for (const { product, url, groups } of [
  { product: "Prometheus", url: "http://127.0.0.1:9090/api/v1/rules", groups: 20 },
  { product: "Loki", url: "http://127.0.0.1:3100/prometheus/api/v1/rules", groups: 1 },
]) {
  test(`${product} evaluates every rule of every group without failures`, async () => {
    const failing = async () => {
      const answer = await fetch(url);
      const { data } = (await answer.json()) as { data: { groups: RuleGroup[] } };
      assert.equal(data.groups.length, groups);
      return data.groups.flatMap((group) => {
        assert.ok(group.rules.length > 0, `group ${group.name} is empty`);
        return group.rules
          .filter(({ health, lastEvaluation }) => health !== "ok" || age(lastEvaluation) > 1.5 * slowestInterval)
          .map(({ name, health, lastEvaluation, lastError }) =>
            [group.name, name, health, lastEvaluation, lastError].join(" "),
          );
      });
    };
    let last: string[] = [];
    await eventually("every rule evaluated", 2 * slowestInterval, async () => {
      last = await failing();
      return last.length === 0;
    }).catch((error: unknown) => assert.fail(`${String(error)}\n${last.join("\n")}`));
  });
}

interface RuleGroup {
  readonly name: string;
  readonly rules: readonly {
    readonly name: string;
    readonly health: string;
    readonly lastEvaluation: string;
    readonly lastError?: string;
  }[];
}

/** Seconds since a time. A rule that was never evaluated has one in year 1. */
function age(time: string): number {
  return (Date.now() - Date.parse(time)) / 1000;
}

test("the host's root file system is reported as the host sees it, writable", async () => {
  const root = await stack.prometheus('node_filesystem_readonly{mountpoint="/"} == 0');
  assert.equal(root.length, 1);
});

logTests();
