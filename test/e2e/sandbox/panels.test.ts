import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { dashboards } from "../../../dashboards/index.ts";
import type { Dashboard } from "../../../dashboards/lib/dashboard.ts";
import { type Choice, type PanelQuery, queriesOf } from "../../../dashboards/queries.ts";
import { answerOf } from "../../../scripts/verify/panel-answers.ts";
import { courses } from "../alerting/faults.ts";
import { eventually, pause } from "../running-stack.ts";
import { apply, fast, settingsOf, stack } from "./sandbox.ts";

/** A fifth of all requests fails and fires an alert at once, so that panels about errors and alerts have data. */
const values = {
  ...fast,
  alerting: {
    ...fast["alerting"],
    rules: { ...(fast["alerting"]?.["rules"] as object), HighErrorRate: { for: "5s", window: "30s" } },
  },
};
const settings = settingsOf(values);

/** Milliseconds that a query may take. */
const limit = 200;

/** Panels with a query that returns nothing here, and why. */
const empty: Readonly<Record<string, string>> = {
  "Business Metrics: Song creation rate": "No data from last week yet.",
  "Monitoring itself: Lines dropped": "Loki rejected no lines.",
  // The sandbox's Promtail cannot read a journal.
  "Monitoring itself: Lines read, by source": "The source is disabled.",
  "Monitoring itself: Times not used": "The time of every line was used.",
};

/** Panels that may be empty by chance: they depend on disks, the compactor and the time of a scrape or recording. */
const open: Readonly<Record<string, string>> = {
  "System Health: Disk space": "The free space of no filesystem is shrinking.",
  "System Health: Longest transaction": "No active transactions at the last scrape.",
  "Monitoring itself: Loki retention": "The compactor has not run yet.",
  // The budget left, from which it is computed, is recorded every ten minutes.
  "Objectives: Objectives": "Nothing failed in the last 6 hours.",
  // A journey may have run during the crash of the juce-backend.
  "Objectives: Failed probes": "No probes failed in this time range.",
  "Probes: Failed journeys": "No journey failed in this time range.",
};

/** Queries that are empty for every single service: only the demo's site is probed, and its services report no deployments. */
const unfilled = ["Probes: annotation Deployments"];

before(async () => {
  await apply(values);
  await eventually(
    "five minutes of the demo's traffic",
    330,
    async () => (await stack.prometheus("count(whiteroom_http_requests_total offset 5m)")).length > 0,
  );
  await fetch("http://127.0.0.1:8025/behaviour/email", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ status: 500, duration: "30m" }),
  });
  // Errors in the logs: Nginx has no upstream, and PostgreSQL no such table.
  await courses["crash of juce-backend"].begin();
  await pause(10);
  await courses["crash of juce-backend"].end();
  await assert.rejects(stack.execute("demo-postgres", ["psql", "-U", "white_room", "-c", "SELECT * FROM nowhere"]));
  await courses.errors.begin();
  await eventually(
    "HighErrorRate firing",
    120,
    async () => (await stack.prometheus('ALERTS{alertname="HighErrorRate", alertstate="firing"}')).length > 0,
  );
  await eventually(
    "a mail that was refused",
    120,
    async () => (await stack.prometheus("sum(increase(alertmanager_notifications_failed_total[1m])) > 0")).length > 0,
  );
  // Panels are asked at whole seconds: all of them together take less than one.
  await pause(2);
});

after(async () => {
  await courses.errors.end();
  await fetch("http://127.0.0.1:8025/behaviour", { method: "DELETE" });
});

const named = ({ dashboard, panel }: PanelQuery) => `${dashboard}: ${panel}`;

/** Number of series that a query returns. Tries a slow query up to three times, because other processes may delay it. */
async function ask(query: PanelQuery): Promise<{ series: number; milliseconds: number }> {
  let milliseconds = Number.POSITIVE_INFINITY;
  let series = 0;
  for (let attempt = 0; attempt < 3 && milliseconds > limit; attempt++) {
    const began = performance.now();
    series = (await answerOf(settings, query)).length;
    milliseconds = Math.min(milliseconds, performance.now() - began);
  }
  return { series, milliseconds };
}

test("with every variable at All, each query returns data in time, except those that explain why not", async () => {
  const found = new Set<string>();
  const problems: string[] = [];
  for (const query of dashboards(settings).flatMap((dashboard) => queriesOf(dashboard, {}))) {
    try {
      const { series, milliseconds } = await ask(query);
      if (milliseconds > limit) problems.push(`${named(query)} takes ${milliseconds.toFixed(0)} ms: ${query.expr}`);
      if (series > 0) continue;
      if (query.mayBeEmpty === undefined) problems.push(`${named(query)} is empty: ${query.expr}`);
      else if (open[named(query)] !== query.mayBeEmpty) found.add(`${named(query)}: ${query.mayBeEmpty}`);
    } catch (error) {
      problems.push(`${named(query)}: ${(error as Error).message}`);
    }
  }
  assert.deepEqual(problems, []);
  assert.deepEqual(
    [...found].sort(),
    Object.entries(empty)
      .map(([panel, reason]) => `${panel}: ${reason}`)
      .sort(),
  );
});

/** Each variable of a dashboard at each of its values, the others at All. */
async function choices(dashboard: Dashboard): Promise<Choice[]> {
  const all = queriesOf(dashboard, {});
  const labels = dashboard.variables.flatMap((variable) => (variable.kind === "label" ? [variable] : []));
  const found = await Promise.all(
    labels.map(async ({ name, label }) => {
      const query = all.find(({ panel }) => panel === `variable ${name}`);
      if (query === undefined) throw new Error(`${dashboard.title} does not ask for ${name}`);
      const answer = await answerOf(settings, query);
      return [...new Set(answer.map((series) => series[label] ?? ""))]
        .filter((value) => value !== "")
        .map((value) => ({ [name]: value }));
    }),
  );
  return found.flat();
}

test("with a variable at a single value, panels return data, except those that only some services fill", async () => {
  const problems: string[] = [];
  const filled = new Map<string, boolean>();
  for (const dashboard of dashboards(settings)) {
    const all = queriesOf(dashboard, {});
    const isEmpty: { choice: Choice; problem: string }[] = [];
    for (const choice of await choices(dashboard)) {
      for (const [index, query] of queriesOf(dashboard, choice).entries()) {
        if (query.expr === all[index]?.expr || query.mayBeEmpty !== undefined) continue;
        const name = `${named(query)}, query ${index}`;
        try {
          const { series, milliseconds } = await ask(query);
          if (milliseconds > limit) problems.push(`${name} takes ${milliseconds.toFixed(0)} ms: ${query.expr}`);
          const of = `${name} with each single ${Object.keys(choice)}`;
          if (query.onlySome !== undefined) filled.set(of, series > 0 || filled.get(of) === true);
          else if (series === 0)
            isEmpty.push({ choice, problem: `${name} is empty with ${JSON.stringify(choice)}: ${query.expr}` });
        } catch (error) {
          problems.push(`${name}: ${(error as Error).message}`);
        }
      }
    }
    // A value of an alert that has resolved meanwhile is no longer offered.
    const offered = (await choices(dashboard)).map((choice) => JSON.stringify(choice));
    problems.push(
      ...isEmpty.filter(({ choice }) => offered.includes(JSON.stringify(choice))).map(({ problem }) => problem),
    );
  }
  const never = [...filled]
    .filter(([name, data]) => !data && !unfilled.some((query) => name.startsWith(`${query},`)))
    .map(([name]) => `${name} is empty`);
  assert.deepEqual([...problems, ...never], []);
});
