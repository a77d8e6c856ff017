import { dateTimeFormat } from "@grafana/data";
import { Tooltip, type UPlotConfigBuilder } from "@grafana/ui";
import { useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";
import type uPlot from "uplot";
import type { Mark } from "../annotations.ts";

interface Placed {
  readonly mark: Mark;
  readonly left: number;
}

/** Annotations of a graph: dashed lines, each with a marker and a tooltip. */
export function Marks({ config, marks }: { config: UPlotConfigBuilder; marks: readonly Mark[] }) {
  const latest = useRef(marks);
  const [plot, setPlot] = useState<uPlot>();
  const [placed, setPlaced] = useState<readonly Placed[]>([]);
  useLayoutEffect(() => {
    config.addHook("init", setPlot);
    config.addHook("draw", (drawn) => {
      const visible = place(drawn, latest.current);
      drawLines(drawn, visible);
      setPlaced((before) => (same(before, visible) ? before : visible));
    });
  }, [config]);
  useLayoutEffect(() => {
    latest.current = marks;
    plot?.redraw(false, false);
  }, [marks, plot]);
  if (plot === undefined) return null;
  return createPortal(
    placed.map(({ mark, left }) => (
      <Tooltip
        key={`${mark.time} ${mark.title}`}
        content={`${dateTimeFormat(mark.time)}  ${mark.title}${mark.text && `: ${mark.text}`}`}
      >
        <button
          type="button"
          className="viewer-mark"
          aria-label={mark.title}
          style={{ left, borderBottomColor: mark.color }}
        />
      </Tooltip>
    )),
    plot.over,
  );
}

function place(plot: uPlot, marks: readonly Mark[]): Placed[] {
  const width = plot.over.clientWidth;
  return marks
    .map((mark) => ({ mark, left: Math.round(plot.valToPos(mark.time, "x")) }))
    .filter(({ left }) => left >= 0 && left <= width);
}

function same(before: readonly Placed[], after: readonly Placed[]): boolean {
  return (
    before.length === after.length &&
    before.every(({ mark, left }, index) => mark === after[index]?.mark && left === after[index]?.left)
  );
}

function drawLines({ ctx, bbox }: uPlot, placed: readonly Placed[]): void {
  ctx.save();
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  for (const { mark, left } of placed) {
    const x = bbox.left + left * devicePixelRatio;
    ctx.strokeStyle = mark.color;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
}
