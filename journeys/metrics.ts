import { Counter, Gauge, Registry } from "prom-client";
import type { Journey } from "./config.ts";
import type { Run } from "./run.ts";

const ofJourney = ["probe", "service", "team"] as const;
const ofStep = [...ofJourney, "step"] as const;
const absent = " Absent if an earlier step failed.";

/** Metrics of the journeys, with the names of blackbox_exporter where it has them. The label `probe` is the journey. */
export class Metrics {
  readonly registry = new Registry();
  readonly #reload = this.#gauge(
    "journey_config_last_reload_successful",
    "Whether the last reload of the config succeeded.",
    [],
  );
  readonly #success = this.#gauge("probe_success", "Whether the last run succeeded.", ofJourney);
  readonly #duration = this.#gauge("probe_duration_seconds", "Duration of the last run.", ofJourney);
  readonly #stepSuccess = this.#gauge(
    "journey_step_success",
    `Whether the step of the last run succeeded.${absent}`,
    ofStep,
  );
  readonly #stepDuration = this.#gauge(
    "journey_step_duration_seconds",
    `Duration of the step of the last run.${absent}`,
    ofStep,
  );
  readonly #runs = new Counter({
    name: "journey_runs_total",
    help: "Completed runs by result: success or failure.",
    labelNames: [...ofJourney, "result"],
    registers: [this.registry],
  });

  readonly reloaded = (successful: boolean): void => this.#reload.set(Number(successful));

  record(journey: Journey, { seconds, steps, failure }: Run): void {
    const labels = labelsOf(journey);
    this.#success.set(labels, Number(failure === undefined));
    this.#duration.set(labels, seconds);
    this.#runs.inc({ ...labels, result: failure === undefined ? "success" : "failure" });
    this.#forgetSteps(journey);
    for (const { step, seconds } of steps) {
      this.#stepSuccess.set({ ...labels, step }, Number(failure?.step !== step));
      this.#stepDuration.set({ ...labels, step }, seconds);
    }
  }

  /** Removes the series of a journey that was removed or changed. */
  forget(journey: Journey): void {
    const labels = labelsOf(journey);
    this.#success.remove(labels);
    this.#duration.remove(labels);
    for (const result of ["success", "failure"]) this.#runs.remove({ ...labels, result });
    this.#forgetSteps(journey);
  }

  #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
    return new Gauge({ name, help, labelNames, registers: [this.registry] });
  }

  #forgetSteps(journey: Journey): void {
    for (const { name: step } of journey.steps) {
      this.#stepSuccess.remove({ ...labelsOf(journey), step });
      this.#stepDuration.remove({ ...labelsOf(journey), step });
    }
  }
}

function labelsOf({ name, service, team }: Journey) {
  return { probe: name, service, team };
}
