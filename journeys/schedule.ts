import { setTimeout as wait } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { JourneyConfig } from "../config/products/journeys/journeys.ts";
import { log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { runJourney } from "./run.ts";

/** Maximum delay of the first run, in seconds. */
const firstWithin = 15;

/** A failed journey runs again after this many seconds, so that its alert fires after several failures, not after one. */
const retryAfter = 30;

/** Random variation of the interval, as a ratio, so that journeys do not all run at the same time. */
const jitter = 0.1;

/** Runs every journey at its interval. Runs of the same journey never overlap. */
export class Schedule {
  readonly #running = new Map<JourneyConfig, AbortController>();
  readonly #secrets: string;
  readonly #metrics: Metrics;

  constructor(secrets: string, metrics: Metrics) {
    this.#secrets = secrets;
    this.#metrics = metrics;
  }

  /** Starts new journeys, restarts changed ones and stops removed ones. Does not interrupt unchanged journeys. */
  set(journeys: readonly JourneyConfig[]): void {
    const isAmong = (all: Iterable<JourneyConfig>, journey: JourneyConfig) =>
      [...all].some((each) => isDeepStrictEqual(each, journey));
    for (const [journey, stop] of this.#running) {
      if (isAmong(journeys, journey)) continue;
      stop.abort();
      this.#running.delete(journey);
      this.#metrics.last.delete(journey);
    }
    for (const journey of journeys) {
      if (isAmong(this.#running.keys(), journey)) continue;
      const stop = new AbortController();
      this.#running.set(journey, stop);
      void this.#repeat(journey, stop.signal);
    }
  }

  async #repeat(journey: JourneyConfig, stop: AbortSignal): Promise<void> {
    let hasFailed = false;
    let pause = Math.random() * Math.min(journey.every, firstWithin);
    try {
      for (;;) {
        await wait(pause * 1_000, undefined, { signal: stop });
        const run = await runJourney(journey, this.#secrets, stop);
        // Do not restore the metrics of a journey that was stopped after its last step.
        stop.throwIfAborted();
        const { failure, traceId } = run;
        this.#metrics.last.set(journey, run);
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
}
