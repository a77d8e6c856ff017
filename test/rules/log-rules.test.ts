import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { parser as logql } from "@grafana/lezer-logql";
import { renderLogRules } from "../../config/alerts/render.ts";
import { freePort } from "../../scripts/lib/free-port.ts";
import { needs } from "../binaries.ts";
import { until } from "../logs/programs.ts";
import { startLoki } from "../logs/stack.ts";
import { knownStreamLabels } from "../recordings/known-series.ts";
import { isAlert, rulesOf } from "./expressions.ts";
import { cases, expected, type Labels, type LokiAlert } from "./log-cases.ts";
import { runAmong } from "./run-among.ts";
import { stack } from "./stacks.ts";

const rules = renderLogRules(stack("dev"));

test("lokitool accepts the log rules", needs("lokitool"), async () => {
  for (const { path } of rules) {
    await runAmong(rules, "lokitool", "rules", "check", "--strict", path);
    const report = await runAmong(rules, "lokitool", "rules", "lint", "--dry-run", path);
    assert.match(report, /SUCCESS: 3 rules found/);
  }
});

test("every label that a log rule selects or aggregates by exists on log streams, with a matching value", () => {
  const known = knownStreamLabels();
  const wrong: string[] = [];
  for (const { expr } of rulesOf(rules)) {
    const text = ({ from, to }: { from: number; to: number }) => expr.slice(from, to);
    logql.parse(expr).iterate({
      enter: (node) => {
        assert.ok(!node.type.isError, `does not parse at "${text(node)}": ${expr}`);
        if (node.name === "Identifier" && !known.has(text(node))) wrong.push(text(node));
        if (node.name !== "Matcher") return;
        const [, name = "", operator = "", value = ""] = /^(\w+)(=~|!=|=)"(.*)"$/.exec(text(node)) ?? [];
        const whole = new RegExp(`^(?:${value})$`);
        if (![...(known.get(name) ?? [])].some((each) => (operator === "!=" ? each !== value : whole.test(each))))
          wrong.push(text(node));
      },
    });
  }
  assert.deepEqual(wrong, []);
});

test("every alert on logs has the required cases", () => {
  const names = rulesOf(rules)
    .filter(isAlert)
    .map(({ alert }) => alert);
  for (const proof of ["fires", "comes close and stays silent"]) {
    const proved = cases.filter(({ proves }) => proves === proof).map(({ alert }) => alert);
    assert.deepEqual([...new Set(proved)].sort(), names.toSorted(), proof);
  }
  assert.deepEqual(
    expected.map(({ labels }) => `${labels["alertname"]} ${labels["cluster"]}`),
    cases
      .filter(({ proves }) => proves === "fires")
      .map(({ alert, cluster }) => `${alert} ${cluster}`)
      .sort(),
  );
});

test("Loki's ruler fires no alert without lines, and then exactly the expected ones", needs("loki"), async () => {
  const directory = mkdtempSync(join(tmpdir(), "white-room-log-rules-"));
  for (const { path, content } of rules) {
    const place = join(directory, "loki-rules", path.replace(/^rules\//, ""));
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content.replace("interval: 1m", "interval: 2s"));
  }
  const loki = await startLoki(directory, await freePort());
  try {
    await until("the ruler has evaluated", async () => (await evaluations(loki.url)) === rulesOf(rules).length, 30);
    assert.deepEqual(await firing(loki.url), []);
    const push = await fetch(`${loki.url}/loki/api/v1/push`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ streams: cases.flatMap(({ cluster, streams }) => streams(cluster)) }),
    });
    assert.equal(push.status, 204, await push.text());
    await until("the ruler has evaluated", async () => (await firing(loki.url)).length >= expected.length, 30);
    assert.deepEqual(await firing(loki.url), expected);
  } finally {
    await loki.stop();
    rmSync(directory, { recursive: true });
  }
});

/** How many rules have been evaluated at least once. */
async function evaluations(loki: string): Promise<number> {
  const answer = await fetch(`${loki}/prometheus/api/v1/rules`);
  if (!answer.ok) return 0;
  const { data } = (await answer.json()) as {
    data: { groups: { rules: { health: string; lastEvaluation: string }[] }[] };
  };
  return data.groups
    .flatMap((group) => group.rules)
    .filter(({ health, lastEvaluation }) => health === "ok" && !lastEvaluation.startsWith("0001")).length;
}

async function firing(loki: string): Promise<Omit<LokiAlert, "state">[]> {
  const answer = await fetch(`${loki}/prometheus/api/v1/alerts`);
  if (!answer.ok) return [];
  const { data } = (await answer.json()) as { data: { alerts: LokiAlert[] } };
  return data.alerts
    .filter(({ state }) => state === "firing")
    .map(({ labels, annotations }) => ({ labels, annotations }))
    .sort((one, other) => (sortKey(one.labels) < sortKey(other.labels) ? -1 : 1));
}

function sortKey({ alertname, cluster }: Labels): string {
  return `${alertname} ${cluster}`;
}
