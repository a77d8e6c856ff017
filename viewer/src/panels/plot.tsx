import { compareArrayValues, compareDataFrameStructures, type DataFrame, EventBusSrv } from "@grafana/data";
import { DashboardCursorSync, SortOrder, TooltipDisplayMode, type VizTooltipOptions } from "@grafana/schema";
import { getFieldDisplayLinks, KeyboardPlugin, TooltipPlugin2, type UPlotConfigBuilder } from "@grafana/ui";
import { useRef } from "react";
import type uPlot from "uplot";
import { Marks } from "./marks.tsx";
import type { PanelProps } from "./props.ts";
import { SeriesTooltip } from "./tooltip.tsx";

/** `TooltipHoverMode` of @grafana/ui, a const enum that is not exported. */
const hoverModes = { one: 0, all: 1 } as const;

/** All graphs share one cursor. */
const cursorScope = "viewer";
export const plotContext = {
  eventsScope: cursorScope,
  eventBus: new EventBusSrv(),
  sync: () => DashboardCursorSync.Crosshair,
};

interface PlotPluginsProps extends Pick<PanelProps, "marks" | "zoom"> {
  readonly config: UPlotConfigBuilder;
  /** All series, joined by time. */
  readonly frame: DataFrame;
  readonly tooltip: VizTooltipOptions;
  /** Index of the series under the cursor. Defaults to the closest one. */
  readonly seriesAt?: (plot: uPlot) => number;
}

/** Keyboard control, annotations, zoom and tooltip of a graph. */
export function PlotPlugins({ config, frame, tooltip, marks, zoom, seriesAt }: PlotPluginsProps) {
  return (
    <>
      <KeyboardPlugin config={config} />
      <Marks config={config} marks={marks} />
      {tooltip.mode !== TooltipDisplayMode.None && (
        <TooltipPlugin2
          config={config}
          hoverMode={tooltip.mode === TooltipDisplayMode.Single && !seriesAt ? hoverModes.one : hoverModes.all}
          queryZoom={zoom}
          syncMode={DashboardCursorSync.Crosshair}
          syncScope={cursorScope}
          getDataLinks={(series, row) => {
            const field = frame.fields[series];
            return field === undefined ? [] : getFieldDisplayLinks(field, row);
          }}
          render={(plot, rows, closest, isPinned, _dismiss, _range, viaSync, links) => (
            <SeriesTooltip
              frame={frame}
              rows={rows}
              series={seriesAt?.(plot) ?? closest}
              isPinned={isPinned}
              mode={viaSync ? TooltipDisplayMode.Multi : tooltip.mode}
              sort={tooltip.sort ?? SortOrder.None}
              links={links}
            />
          )}
        />
      )}
    </>
  );
}

/** A counter that increases when series or their options change. Graphs rebuild their axes only then. */
export function useRevision(frames: DataFrame[]): number {
  const last = useRef({ frames, revision: 1 });
  const isSame = compareArrayValues(last.current.frames, frames, compareDataFrameStructures);
  last.current = { frames, revision: last.current.revision + (isSame ? 0 : 1) };
  return last.current.revision;
}
