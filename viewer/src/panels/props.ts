import type { DataFrame, FieldConfigSource, GrafanaTheme2 } from "@grafana/data";
import type { Panel } from "../../shared/dashboard.ts";
import type { Mark } from "../annotations.ts";
import type { DashboardSummary } from "../api.ts";
import type { LogLine } from "../frames.ts";
import type { Scope } from "../scope.ts";

/** Props of all panel components. `frames` have transformations, field options and links applied. */
export interface PanelProps {
  readonly panel: Panel;
  readonly frames: DataFrame[];
  readonly lines: readonly LogLine[];
  readonly marks: readonly Mark[];
  readonly width: number;
  readonly height: number;
  readonly scope: Scope;
  readonly theme: GrafanaTheme2;
  readonly dashboards: readonly DashboardSummary[];
  /** Sets the time range, in Unix milliseconds. */
  readonly zoom: (range: { from: number; to: number }) => void;
}

/** Panel options, cast to the type of the Grafana plugin without a check. */
export function optionsOf<Options>({ options }: Panel): Options {
  return (options ?? {}) as Options;
}

/** A panel's field config, cast to Grafana's type. */
export function fieldConfigOf({ fieldConfig }: Panel): FieldConfigSource {
  return (fieldConfig ?? { defaults: {}, overrides: [] }) as unknown as FieldConfigSource;
}
