import { type AlertName, alerts } from "../../config/alerts/catalogue.ts";
import type { Settings } from "../../config/settings/schema.ts";

/** Colour of a severity, the same on every dashboard. */
export const severityColours = {
  critical: "red",
  high: "orange",
  medium: "yellow",
  low: "blue",
  none: "text",
} as const;

/** Colour of a state or an outcome. */
export const good = "green";
export const bad = "red";
export const neutral = "blue";

export interface ThresholdStep {
  readonly value: number | null;
  readonly color: string;
}

/** The alerts whose thresholds a panel shows, and on which side of them they fire. The panel's unit is theirs. */
export interface AlertThresholds {
  readonly fires: "above" | "below";
  readonly alerts: readonly AlertName[];
}

/** Whether an alert is there to fire in these settings. */
export function isActive(settings: Settings, alert: AlertName): boolean {
  return settings.alerting.enabled && settings.alerting.rules[alert].enabled;
}

/** The numbers that config gives to the alerts, each in the colour of its severity; none where no alert is active. */
function limits(settings: Settings, names: readonly AlertName[]): { value: number; color: string }[] {
  return names
    .filter((alert) => isActive(settings, alert))
    .flatMap((alert) => {
      const value = settings.alerting.rules[alert].threshold;
      return value === undefined ? [] : [{ value, color: severityColours[alerts[alert].severity] }];
    })
    .sort((a, b) => a.value - b.value);
}

/** What a value means: green until an alert fires, then the colour of its severity. */
export function thresholdSteps(settings: Settings, { fires, alerts: names }: AlertThresholds): ThresholdStep[] {
  const all = limits(settings, names);
  if (fires === "above") return [{ value: null, color: good }, ...all];
  const colours = [...all.map(({ color }) => color), good];
  return colours.map((color, index) => ({ value: index === 0 ? null : (all[index - 1]?.value ?? null), color }));
}

/** The same as lines on a graph: each in the colour of its own alert, on whichever side it fires. */
export function thresholdLines(settings: Settings, { alerts: names }: AlertThresholds): ThresholdStep[] {
  return [{ value: null, color: good }, ...limits(settings, names)];
}

/** Green up to zero and the given colour from one on, for counts of what should not be. */
export function anyIs(color: string): ThresholdStep[] {
  return [
    { value: null, color: good },
    { value: 1, color },
  ];
}
