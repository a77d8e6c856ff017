import type { DataFrame, FieldConfigSource, GrafanaTheme2 } from "@grafana/data";
import type { Panel } from "../../shared/dashboard.ts";
import type { Mark } from "../annotations.ts";
import type { DashboardSummary } from "../api.ts";
import type { LogLine } from "../frames.ts";
import type { Scope } from "../scope.ts";

/** What every panel type is given. `frames` have their transformations, options and links applied. */
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
  /** Shows the range between two times, in milliseconds. */
  readonly zoom: (range: { from: number; to: number }) => void;
}

/** A panel's options as the type of its Grafana plugin. The file is Grafana's; its types are not checked at run time. */
export function optionsOf<Options>({ options }: Panel): Options {
  return (options ?? {}) as Options;
}

/** A panel's field config as Grafana's own type. */
export function fieldConfigOf({ fieldConfig }: Panel): FieldConfigSource {
  return (fieldConfig ?? { defaults: {}, overrides: [] }) as unknown as FieldConfigSource;
}
