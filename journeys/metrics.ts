import { Gauge, Registry } from "prom-client";
import type { JourneyConfig } from "../config/products/journeys/journeys.ts";
import type { Run } from "./run.ts";

/** A sample for the last run of a journey or, with `step`, for one of its steps. */
interface Sample {
  readonly step?: string;
  readonly value: number;
}

/** Metrics of the journeys. Uses the names of blackbox_exporter where they exist; the label `probe` is the journey. */
export class Metrics {
  readonly registry = new Registry();
  /** The last run of each journey. */
  readonly last = new Map<JourneyConfig, Run>();
  readonly #reload = new Gauge({
    name: "journey_config_last_reload_successful",
    help: "Whether the last reload of the config succeeded.",
    registers: [this.registry],
  });

  constructor() {
    this.#gauge("probe_success", "Whether the last run succeeded.", ({ failure }) => [
      { value: Number(failure === undefined) },
    ]);
    this.#gauge("probe_duration_seconds", "Duration of the last run.", ({ seconds }) => [{ value: seconds }]);
    const absent = "Absent if an earlier step failed.";
    this.#gauge("journey_step_success", `Whether the step of the last run succeeded. ${absent}`, ({ steps, failure }) =>
      steps.map(({ step }) => ({ step, value: Number(step !== failure?.step) })),
    );
    this.#gauge("journey_step_duration_seconds", `Duration of the step of the last run. ${absent}`, ({ steps }) =>
      steps.map(({ step, seconds }) => ({ step, value: seconds })),
    );
  }

  readonly reloaded = (successful: boolean): void => this.#reload.set(Number(successful));

  /** Registers a gauge that is computed from the last runs at each scrape. */
  #gauge(name: string, help: string, samplesOf: (run: Run) => readonly Sample[]): void {
    const { last } = this;
    new Gauge({
      name,
      help,
      labelNames: ["probe", "service", "team", "step"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [{ name: probe, service, team }, run] of last)
          for (const { value, ...step } of samplesOf(run)) this.set({ probe, service, team, ...step }, value);
      },
    });
  }
}
