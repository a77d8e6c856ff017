import assert from "node:assert/strict";
import { before, test } from "node:test";
import { services } from "../../../config/white-room/metrics.ts";
import { faultNames } from "../../../demo/simulator/faults.ts";
import { eventually, pause } from "../running-stack.ts";
import { apply, stack } from "../sandbox/sandbox.ts";
import { inhibited } from "./alertmanager.ts";
import { expected, type Fault, fromLogs, growing, matrix, slowToResolve } from "./expected.ts";
import { courses } from "./faults.ts";
import { calm, quick } from "./quick.ts";
import { type Received, received } from "./received.ts";

/**
 * Faults of one round share no alert. Alerts that are slow to resolve do so during later rounds: ErrorBudgetBurnFast takes five
 * minutes, and only then may PostgreSQL burn the budget again. The juce-backend crashes well before that alert resolves,
 * because Alertmanager never reports the end of an inhibited alert (https://github.com/prometheus/alertmanager/issues/2754).
 */
const rounds: readonly (readonly Fault[])[] = [
  ["errors", "audio-overload", "crash of swift-frontend", "certificate"],
  ["redis stopped", "latency", "ffi-slow"],
  ["auth-failures", "crash of audio-engine, its FFI already slow", "login-broken", "dns"],
  ["postgres stopped"],
  ["crash of juce-backend"],
  ["nginx stopped", "silence"],
];

let first = 0;
let mark = 0;

before(async () => {
  await apply(quick);
  await calm();
  first = await stack.lastNotification();
  mark = first;
});

const key = ({ alert, service, way }: Received) => `${alert} ${service} → ${way}`;
const except = (rows: readonly string[], alerts: readonly string[]) =>
  rows.filter((row) => !alerts.some((name) => row.startsWith(`${name} `)));
const keys = (all: readonly Received[], state: Received["state"]) => [
  ...new Set(all.filter((each) => each.state === state).map(key)),
];

/** Alerts notified as firing and not yet as resolved. */
async function open(): Promise<string[]> {
  const last = new Map((await received(stack, first)).map((each) => [key(each), each.state]));
  return [...last].filter(([, state]) => state === "firing").map(([row]) => row);
}

test("the matrix has every demo fault and every server that can fail, each once", () => {
  const simulated = faultNames.flatMap((name) =>
    name === "crash" ? services.map((each) => `crash of ${each}`) : name,
  );
  const stopped = ["postgres", "redis", "nginx"].map((server) => `${server} stopped`);
  const faults = Object.keys(matrix).map((fault) => fault.replace(/,.*/, ""));
  assert.deepEqual(faults.toSorted(), [...simulated, ...stopped].sort());
  assert.deepEqual(rounds.flat().sort(), Object.keys(matrix).sort());
});

for (const faults of rounds) {
  test(`${faults.join(" | ")}: pages exactly who it should, once, and resolves`, async (context) => {
    const rows = expected(faults);
    await eventually(
      "an end of these alerts from an earlier fault",
      400,
      async () => !(await open()).some((row) => rows.includes(row)),
    );
    const began = Date.now();
    try {
      await Promise.all(faults.map((fault) => courses[fault].begin()));
      if (faults.includes("crash of audio-engine, its FFI already slow")) {
        await eventually("FfiLatencyHigh kept back by ServiceDown", 60, async () =>
          (await inhibited()).includes("FfiLatencyHigh audio-engine"),
        );
        await eventually("its end, while the service is down", 90, async () => (await inhibited()).length === 0);
      }
      await told("firing", except(rows, fromLogs), 120);
      // Long enough for a burst of lines, whenever Loki's evaluation happens within a minute.
      if (rows.length > except(rows, fromLogs).length) await pause(Math.max(0, 40 - (Date.now() - began) / 1000));
    } finally {
      await Promise.all(faults.map((fault) => courses[fault].end()));
    }
    await told("firing", rows, 90);
    await told("resolved", except(rows, slowToResolve), 120);
    const all = await received(stack, mark);
    mark = all.at(-1)?.id ?? mark;
    assert.deepEqual(keys(all, "firing").sort(), rows);
    for (const row of except(rows, growing)) {
      assert.equal(all.filter((each) => each.state === "firing" && key(each) === row).length, 1, `${row}: told once`);
    }
    context.diagnostic(`over after ${Math.round((Date.now() - began) / 1000)} s`);
  });
}

/** Waits until these rows were notified. The comparison that follows shows missing ones. */
async function told(state: Received["state"], rows: readonly string[], seconds: number): Promise<void> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await pause(0.5)) {
    const now = keys(await received(stack, mark), state);
    if (rows.every((row) => now.includes(row))) return;
  }
  assert.deepEqual(
    keys(await received(stack, mark), state)
      .filter((row) => rows.includes(row))
      .sort(),
    [...rows].sort(),
    `not ${state} within ${seconds} s`,
  );
}

test("every receiver of an alert gets its resolution and nothing more, and grouped alerts are one incident", async () => {
  await eventually("an end of everything", 420, async () => (await open()).length === 0);
  const all = await received(stack, first);
  assert.deepEqual(keys(all, "resolved").sort(), [...new Set(expected(rounds.flat()))].sort());
  assert.deepEqual(
    keys(
      all.filter(({ id }) => id > mark),
      "firing",
    ),
    [],
  );
  const slowCalls = all.filter(({ alert, way }) => alert === "FfiLatencyHigh" && way.startsWith("pagerduty"));
  assert.equal(new Set(slowCalls.map(({ incident }) => incident)).size, 1);
  assert.ok(Math.max(...slowCalls.map(({ alerts }) => alerts)) > 1, "several functions in one message");
});

test("the heartbeat arrived every minute throughout", async () => {
  const beats = await stack.notifications("heartbeat", first);
  const gaps = beats.slice(1).map(({ time }, index) => Date.parse(time) - Date.parse(beats[index]?.time ?? ""));
  assert.ok(gaps.length >= 5, `${gaps.length} gaps`);
  assert.deepEqual(
    gaps.filter((gap) => Math.abs(gap - 60_000) > 5_000),
    [],
  );
});
