import type { JourneyConfig, StepConfig } from "../config/products/journeys/journeys.ts";
import { type Check, checksOf, type Save, savesOf } from "./expectations.ts";

/** A step with its compiled expectations and paths. */
export interface Step extends Omit<StepConfig, "expect" | "save"> {
  readonly checks: readonly Check[];
  readonly saves: readonly Save[];
}

export interface Journey extends Omit<JourneyConfig, "steps"> {
  readonly steps: readonly Step[];
  /** Changes with the config of the journey. */
  readonly identity: string;
}

/** Compiles the config. Throws if it is not one that the stack has rendered. */
export function parseConfig(text: string): Journey[] {
  const { journeys } = JSON.parse(text) as { journeys: readonly JourneyConfig[] };
  return journeys.map((journey) => ({
    ...journey,
    steps: journey.steps.map(({ expect = {}, save = {}, ...step }) => ({
      ...step,
      checks: checksOf(expect),
      saves: savesOf(save),
    })),
    identity: JSON.stringify(journey),
  }));
}
