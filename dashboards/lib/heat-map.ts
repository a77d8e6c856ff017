import { AxisPlacement } from "@grafana/grafana-foundation-sdk/common";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/heatmap";
import { type Panel, type PanelSpec, panel } from "./panel.ts";

/** Buckets of a histogram over time. */
export function heatMap(spec: PanelSpec): Panel {
  const queries = spec.queries.map((query) => ({ ...query, heatMap: true as const }));
  return panel({ ...spec, queries }, () =>
    new PanelBuilder()
      .calculate(false)
      .exemplarsColor("rgba(255,0,255,0.7)")
      .yAxis({ build: () => ({ unit: spec.unit, axisPlacement: AxisPlacement.Left, reverse: false }) }),
  );
}
