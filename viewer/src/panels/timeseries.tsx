import type { VizLegendOptions, VizTooltipOptions } from "@grafana/schema";
import { PanelContextProvider, type SeriesVisibilityChangeMode, TimeSeries } from "@grafana/ui";
import { useMemo, useState } from "react";
import { PlotPlugins, plotContext, useRevision } from "./plot.tsx";
import { optionsOf, type PanelProps } from "./props.ts";
import { nextHidden, seriesNames, withHidden } from "./visibility.ts";

interface TimeSeriesOptions {
  readonly legend: VizLegendOptions;
  readonly tooltip: VizTooltipOptions;
}

export function Graph({ panel, frames, marks, width, height, scope, zoom }: PanelProps) {
  const { legend, tooltip } = optionsOf<TimeSeriesOptions>(panel);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const names = useMemo(() => seriesNames(frames), [frames]);
  const shown = useMemo(() => withHidden(frames, names, hidden), [frames, names, hidden]);
  const onToggleSeriesVisibility = (name: string | string[] | null, mode: SeriesVisibilityChangeMode) =>
    setHidden((before) => nextHidden(before, names, String(name), mode));
  return (
    <PanelContextProvider value={{ ...plotContext, onToggleSeriesVisibility }}>
      <TimeSeries
        frames={shown}
        structureRev={useRevision(shown)}
        width={width}
        height={height}
        timeRange={scope.range}
        timeZone="browser"
        legend={legend}
      >
        {(config, frame) => <PlotPlugins {...{ config, frame, tooltip, marks, zoom }} />}
      </TimeSeries>
    </PanelContextProvider>
  );
}
