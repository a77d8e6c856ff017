import { setTimeout as sleep } from "node:timers/promises";
import type { RunningAlertmanager } from "./alertmanager.ts";
import { type DrillAlert, type DrillChoice, type DrillMarks, drillAlerts } from "./alerts.ts";
import { type CountersByReceiver, since } from "./counters.ts";
import { lastError } from "./log-lines.ts";
import { type Expectation, expectations, type Outcome, whyNot } from "./outcome.ts";
import { deliveriesOf } from "./routing.ts";

/** Dependencies of a run. */
export interface DrillRun {
  readonly alertmanager: RunningAlertmanager;
  readonly choice: DrillChoice;
  readonly marks: DrillMarks;
  /** How long to wait for a notification after its group wait. */
  readonly timeoutSeconds: number;
  readonly log: (since: Date) => Promise<string>;
  readonly progress: (line: string) => void;
  /** Ends the run early and resolves the alerts. */
  readonly stop: AbortSignal;
}

const watchdog = { alertname: "Watchdog", severity: "none", team: "platform", service: "monitoring" };

/** Fires the alerts, waits for their notifications, resolves them, and reports the result per receiver. */
export async function drill(run: DrillRun): Promise<Outcome[]> {
  const { alertmanager, choice, marks, progress } = run;
  const alerts = drillAlerts(choice, marks);
  const expected = await expectedOf(run, alerts);
  const before = await alertmanager.counters();
  const start = new Date();
  const lastDue = Math.max(0, ...expected.map(({ dueSeconds }) => dueSeconds)) + run.timeoutSeconds;
  progress(`firing ${alerts.map(({ labels }) => labels.alertname).join(", ")}; waiting up to ${lastDue.toFixed(0)} s`);
  await alertmanager.fire(alerts, start, new Date(start.getTime() + (lastDue + 60) * 1000));
  try {
    return await outcomes(run, expected, before, start);
  } finally {
    await alertmanager.fire(alerts, start, new Date());
  }
}

/** Expected notifications according to the running config. A full run also expects a heartbeat. */
async function expectedOf({ alertmanager, choice }: DrillRun, alerts: readonly DrillAlert[]): Promise<Expectation[]> {
  const config = await alertmanager.config();
  const drills = alerts.map(({ labels }) => ({ alert: labels, deliveries: deliveriesOf(config, labels) }));
  if (choice.severity === undefined && choice.team === undefined) {
    const deliveries = deliveriesOf(config, watchdog).map((delivery) => ({
      ...delivery,
      groupWaitSeconds: delivery.groupIntervalSeconds,
    }));
    drills.push({ alert: watchdog, deliveries });
  }
  return expectations(drills);
}

async function outcomes(
  run: DrillRun,
  expected: readonly Expectation[],
  before: CountersByReceiver,
  start: Date,
): Promise<Outcome[]> {
  const arrived = new Map<string, number>();
  for (;;) {
    const counters = await run.alertmanager.counters();
    const elapsed = (Date.now() - start.getTime()) / 1000;
    const open = expected.filter(({ receiver, notifications, dueSeconds }) => {
      const { delivered, givenUp } = since(before, counters, receiver);
      if (delivered >= notifications && !arrived.has(receiver)) {
        arrived.set(receiver, elapsed);
        run.progress(`${receiver}: delivered after ${elapsed.toFixed(0)} s`);
      }
      const lost = Object.values(givenUp).reduce((sum, count) => sum + count, 0);
      return delivered + lost < notifications && elapsed < dueSeconds + run.timeoutSeconds;
    });
    if (open.length === 0 || run.stop.aborted) return explain(run, expected, before, counters, start, arrived);
    await sleep(500, undefined, { signal: run.stop }).catch(() => undefined);
  }
}

async function explain(
  { alertmanager, marks, log, stop }: DrillRun,
  expected: readonly Expectation[],
  before: CountersByReceiver,
  counters: CountersByReceiver,
  start: Date,
  arrived: ReadonlyMap<string, number>,
): Promise<Outcome[]> {
  const complete = expected.every(({ receiver }) => arrived.has(receiver));
  const states = complete ? [] : await alertmanager.states(`drill-${marks.run}`);
  const lines = complete ? "" : await log(start);
  return expected.map((expectation) => {
    const result = since(before, counters, expectation.receiver);
    const afterSeconds = arrived.get(expectation.receiver);
    const delivered = Math.max(0, result.delivered);
    if (afterSeconds !== undefined) return { ...expectation, delivered, afterSeconds };
    const early = stop.aborted && Date.now() < start.getTime() + expectation.dueSeconds * 1000;
    if (early) return { ...expectation, delivered, whyNot: "stopped before it was due" };
    const error = lastError(lines, expectation.receiver, marks.run);
    return { ...expectation, delivered, whyNot: whyNot(expectation, result, states, error) };
  });
}
