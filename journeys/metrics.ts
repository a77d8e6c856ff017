import { Counter, Gauge, Registry } from "prom-client";
import type { Journey } from "./config.ts";
import type { Run } from "./run.ts";

const common = ["probe", "service", "team"] as const;

/** Metrics of the journeys, with the names of blackbox_exporter where it has them. The label `probe` is the journey. */
export class Metrics {
  readonly registry = new Registry();
  readonly #reload: Gauge;
  readonly #success: Gauge<(typeof common)[number]>;
  readonly #duration: Gauge<(typeof common)[number]>;
  readonly #stepSuccess: Gauge<(typeof common)[number] | "step">;
  readonly #stepDuration: Gauge<(typeof common)[number] | "step">;
  readonly #runs: Counter<(typeof common)[number] | "result">;

  constructor() {
    const registers = [this.registry];
    const steps = [...common, "step"] as const;
    this.#reload = new Gauge({
      name: "journey_config_last_reload_successful",
      help: "Whether the last reload of the config succeeded.",
      registers,
    });
    this.#success = new Gauge({
      name: "probe_success",
      help: "Whether the last run succeeded.",
      labelNames: common,
      registers,
    });
    this.#duration = new Gauge({
      name: "probe_duration_seconds",
      help: "Duration of the last run.",
      labelNames: common,
      registers,
    });
    this.#stepSuccess = new Gauge({
      name: "journey_step_success",
      help: "Whether the step of the last run succeeded. Absent if an earlier step failed.",
      labelNames: steps,
      registers,
    });
    this.#stepDuration = new Gauge({
      name: "journey_step_duration_seconds",
      help: "Duration of the step of the last run. Absent if an earlier step failed.",
      labelNames: steps,
      registers,
    });
    this.#runs = new Counter({
      name: "journey_runs_total",
      help: "Completed runs by result: success or failure.",
      labelNames: [...common, "result"] as const,
      registers,
    });
  }

  reloaded(successful: boolean): void {
    this.#reload.set(Number(successful));
  }

  record({ name, service, team, steps }: Journey, run: Run): void {
    const labels = { probe: name, service, team };
    const succeeded = run.failure === undefined;
    this.#success.set(labels, Number(succeeded));
    this.#duration.set(labels, run.seconds);
    this.#runs.inc({ ...labels, result: succeeded ? "success" : "failure" });
    for (const { name: step } of steps) {
      const result = run.steps.find((each) => each.step === step);
      if (result === undefined) {
        this.#stepSuccess.remove({ ...labels, step });
        this.#stepDuration.remove({ ...labels, step });
      } else {
        this.#stepSuccess.set({ ...labels, step }, Number(run.failure?.step !== step));
        this.#stepDuration.set({ ...labels, step }, result.seconds);
      }
    }
  }

  /** Removes the series of a journey that was removed or changed. */
  forget({ name, service, team, steps }: Journey): void {
    const labels = { probe: name, service, team };
    this.#success.remove(labels);
    this.#duration.remove(labels);
    for (const result of ["success", "failure"]) this.#runs.remove({ ...labels, result });
    for (const { name: step } of steps) {
      this.#stepSuccess.remove({ ...labels, step });
      this.#stepDuration.remove({ ...labels, step });
    }
  }
}
