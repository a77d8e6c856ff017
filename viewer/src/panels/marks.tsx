import { dateTimeFormat } from "@grafana/data";
import { EventsCanvas, Tooltip, type UPlotConfigBuilder } from "@grafana/ui";
import { useLayoutEffect, useMemo, useState } from "react";
import type uPlot from "uplot";
import type { Mark } from "../annotations.ts";

/** Annotations of a graph: dashed lines, each with a marker and a tooltip. */
export function Marks({ config, marks }: { config: UPlotConfigBuilder; marks: readonly Mark[] }) {
  const [plot, setPlot] = useState<uPlot>();
  useLayoutEffect(() => config.addHook("ready", setPlot), [config]);
  const events = useMemo(() => [{ fields: [], length: marks.length }], [marks]);
  return (
    <EventsCanvas
      id="marks"
      config={config}
      events={events}
      mapEventToXYCoords={(_, index) => {
        const x = plot?.valToPos(marks[index]?.time ?? 0, "x") ?? -1;
        return x >= 0 && x <= (plot?.over.clientWidth ?? 0) ? { x, y: 0 } : undefined;
      }}
      renderEventMarker={(_, index) => {
        const mark = marks[index];
        return mark && <MarkLine mark={mark} height={plot?.over.clientHeight ?? 0} />;
      }}
    />
  );
}

function MarkLine({ mark: { time, title, text, color }, height }: { mark: Mark; height: number }) {
  return (
    <div className="viewer-mark" style={{ height, borderColor: color }}>
      <Tooltip content={`${dateTimeFormat(time)}  ${title}${text && `: ${text}`}`}>
        <button type="button" aria-label={title} style={{ borderBottomColor: color }} />
      </Tooltip>
    </div>
  );
}
