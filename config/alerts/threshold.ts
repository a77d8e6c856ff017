/** Threshold of an alert: default, allowed range and unit. */
export interface Threshold {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly unit:
    | "ratio"
    | "seconds"
    | "days"
    | "count"
    | "minutes"
    | "per minute"
    | "per second"
    | "× budget"
    | "× normal";
}

export const ratio = (value: number): Threshold => ({ default: value, min: 0, max: 1, unit: "ratio" });
export const count = (value: number, max = 1_000_000): Threshold => ({ default: value, min: 0, max, unit: "count" });
export const time = (value: number, max = 86_400): Threshold => ({ default: value, min: 0, max, unit: "seconds" });
export const days = (value: number): Threshold => ({ default: value, min: 1, max: 365, unit: "days" });
export const burn = (value: number): Threshold => ({ default: value, min: 0, max: 1_000, unit: "× budget" });
