import { type AlertName, alerts } from "../../config/alerts/catalogue.ts";
import type { Settings } from "../../config/settings/schema.ts";

/** Colours of severities. */
export const severityColours = {
  critical: "red",
  high: "orange",
  medium: "yellow",
  low: "blue",
  none: "text",
} as const;

/** Colours of states. */
export const good = "green";
export const bad = "red";
export const neutral = "blue";

export interface ThresholdStep {
  readonly value: number | null;
  readonly color: string;
}

/** Alerts whose thresholds a panel shows, and whether they fire above or below. The panel must have the same unit. */
export interface AlertThresholds {
  readonly fires: "above" | "below";
  readonly alerts: readonly AlertName[];
}

/** Whether an alert is enabled. */
export function isActive(settings: Settings, alert: AlertName): boolean {
  return settings.alerting.enabled && settings.alerting.rules[alert].enabled;
}

/** Configured thresholds of the alerts in the colours of their severities; empty if no alert is enabled. */
function limits(settings: Settings, names: readonly AlertName[]): { value: number; color: string }[] {
  return names
    .filter((alert) => isActive(settings, alert))
    .flatMap((alert) => {
      const value = settings.alerting.rules[alert].threshold;
      return value === undefined ? [] : [{ value, color: severityColours[alerts[alert].severity] }];
    })
    .sort((a, b) => a.value - b.value);
}

/** Threshold colours of a value: green until an alert fires, then the colour of its severity. */
export function thresholdSteps(settings: Settings, { fires, alerts: names }: AlertThresholds): ThresholdStep[] {
  const all = limits(settings, names);
  if (fires === "above") return [{ value: null, color: good }, ...all];
  const colours = [...all.map(({ color }) => color), good];
  return colours.map((color, index) => ({ value: index === 0 ? null : (all[index - 1]?.value ?? null), color }));
}

/** Threshold lines on a graph, in the colours of their alerts. */
export function thresholdLines(settings: Settings, { alerts: names }: AlertThresholds): ThresholdStep[] {
  return [{ value: null, color: good }, ...limits(settings, names)];
}

/** For counts of problems: green at zero, the given colour from one. */
export function anyIs(color: string): ThresholdStep[] {
  return [
    { value: null, color: good },
    { value: 1, color },
  ];
}
