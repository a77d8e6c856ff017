import type { DataFrame } from "@grafana/data";
import { EventBusSrv, getFieldDisplayName } from "@grafana/data";
import {
  DashboardCursorSync,
  SortOrder,
  TooltipDisplayMode,
  type VizLegendOptions,
  type VizTooltipOptions,
} from "@grafana/schema";
import {
  getFieldDisplayLinks,
  KeyboardPlugin,
  PanelContextProvider,
  type SeriesVisibilityChangeMode,
  TimeSeries,
  TooltipPlugin2,
} from "@grafana/ui";
import { useMemo, useState } from "react";
import { Marks } from "./marks.tsx";
import { optionsOf, type PanelProps } from "./props.ts";
import { useRevision } from "./revision.ts";
import { SeriesTooltip } from "./tooltip.tsx";
import { nextHidden, withHidden } from "./visibility.ts";

interface TimeSeriesOptions {
  readonly legend: VizLegendOptions;
  readonly tooltip: VizTooltipOptions;
}

/** `TooltipHoverMode` of @grafana/ui, a const enum that is not exported. */
const hoverModes = { one: 0, all: 1 } as const;

/** All graphs share one cursor. */
const cursorScope = "viewer";
const eventBus = new EventBusSrv();

export function Graph({ panel, frames, marks, width, height, scope, zoom }: PanelProps) {
  const { legend, tooltip } = optionsOf<TimeSeriesOptions>(panel);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const names = useMemo(() => frames.map((frame) => nameOf(frame, frames)), [frames]);
  const shown = useMemo(() => withHidden(frames, names, hidden), [frames, names, hidden]);
  const revision = useRevision(JSON.stringify([names, [...hidden]]));
  const context = {
    eventsScope: cursorScope,
    eventBus,
    sync: () => DashboardCursorSync.Crosshair,
    onToggleSeriesVisibility: (name: string | string[] | null, mode: SeriesVisibilityChangeMode) =>
      setHidden((before) => nextHidden(before, names, String(name), mode)),
  };
  const options = useMemo(() => ({ legend, tooltip }), [legend, tooltip]);
  return (
    <PanelContextProvider value={context}>
      <TimeSeries
        frames={shown}
        structureRev={revision}
        width={width}
        height={height}
        timeRange={scope.range}
        timeZone="browser"
        legend={legend}
        options={options}
      >
        {(config, aligned) => (
          <>
            <KeyboardPlugin config={config} />
            <Marks config={config} marks={marks} />
            {tooltip.mode !== TooltipDisplayMode.None && (
              <TooltipPlugin2
                config={config}
                hoverMode={tooltip.mode === TooltipDisplayMode.Single ? hoverModes.one : hoverModes.all}
                queryZoom={zoom}
                syncMode={DashboardCursorSync.Crosshair}
                syncScope={cursorScope}
                getDataLinks={(series, row) => {
                  const field = aligned.fields[series];
                  return field === undefined ? [] : getFieldDisplayLinks(field, row);
                }}
                render={(_, rows, series, isPinned, _dismiss, _range, viaSync, links) => (
                  <SeriesTooltip
                    frame={aligned}
                    rows={rows}
                    series={series}
                    isPinned={isPinned}
                    mode={viaSync ? TooltipDisplayMode.Multi : tooltip.mode}
                    sort={tooltip.sort ?? SortOrder.None}
                    links={links}
                  />
                )}
              />
            )}
          </>
        )}
      </TimeSeries>
    </PanelContextProvider>
  );
}

function nameOf(frame: DataFrame, all: DataFrame[]): string {
  const field = frame.fields[1];
  return field === undefined ? "" : getFieldDisplayName(field, frame, all);
}
