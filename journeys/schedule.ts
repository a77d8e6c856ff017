import { setTimeout as wait } from "node:timers/promises";
import type { Journey } from "./config.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { runJourney } from "./run.ts";

/** Longest time to the first run, in seconds. */
const firstWithin = 15;

/** A failed journey runs again after this many seconds, so that its alert fires after several failures, not after one. */
const retryAfter = 30;

/** Share of the interval by which runs are moved at random, so that journeys do not run in step. */
const jitter = 0.1;

interface Context {
  readonly secrets: string;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** Runs every journey at its interval, one run of each at a time. */
export class Schedule {
  readonly #running = new Map<string, { readonly journey: Journey; readonly stop: AbortController }>();
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** Starts new journeys, restarts changed ones and stops those that are gone; the others are not disturbed. */
  set(journeys: readonly Journey[]): void {
    const wanted = new Map(journeys.map((journey) => [journey.name, journey]));
    for (const [name, { journey, stop }] of this.#running) {
      if (wanted.get(name)?.identity === journey.identity) continue;
      stop.abort();
      this.#running.delete(name);
      this.#context.metrics.forget(journey);
    }
    for (const journey of journeys) {
      if (this.#running.has(journey.name)) continue;
      const stop = new AbortController();
      this.#running.set(journey.name, { journey, stop });
      void repeat(journey, stop.signal, this.#context);
    }
  }
}

async function repeat(journey: Journey, stop: AbortSignal, { secrets, metrics, log }: Context): Promise<void> {
  let hasFailed = false;
  let pause = Math.random() * Math.min(journey.every, firstWithin);
  try {
    for (;;) {
      await wait(pause * 1_000, undefined, { signal: stop });
      const run = await runJourney(journey, secrets, stop);
      const { failure, traceId } = run;
      metrics.record(journey, run);
      if (failure !== undefined)
        log("warn", "journey failed", { journey: journey.name, ...failure, trace_id: traceId });
      else if (hasFailed) log("info", "journey succeeds again", { journey: journey.name, trace_id: traceId });
      hasFailed = failure !== undefined;
      const every = hasFailed ? Math.min(journey.every, retryAfter) : journey.every;
      pause = Math.max(0, every * (1 + jitter * (2 * Math.random() - 1)) - run.seconds);
    }
  } catch (error) {
    if (!stop.aborted) throw error;
  }
}
