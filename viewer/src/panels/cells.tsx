import { type DataFrame, type Field, getFieldDisplayName, type TimeRange } from "@grafana/data";
import {
  AxisPlacement,
  LegendDisplayMode,
  ScaleDirection,
  ScaleOrientation,
  SortOrder,
  TooltipDisplayMode,
  type VizLegendOptions,
} from "@grafana/schema";
import { GraphNG, measureText, PanelContextProvider, UPLOT_AXIS_FONT_SIZE, UPlotConfigBuilder } from "@grafana/ui";
import type uPlot from "uplot";
import { PlotPlugins, plotContext, useRevision } from "./plot.tsx";
import type { PanelProps } from "./props.ts";

const noLegend: VizLegendOptions = {
  calcs: [],
  displayMode: LegendDisplayMode.List,
  placement: "bottom",
  showLegend: false,
};
const tooltip = { mode: TooltipDisplayMode.Single, sort: SortOrder.None };

/** Rows take up to this share of the width for their names, as in Grafana. */
const maxNameShare = 0.4;

interface CellsProps extends PanelProps {
  /** Color of a value; undefined for no cell. */
  readonly color: (field: Field, value: number) => string | undefined;
  readonly opacity: number;
  /** Share of a row's height between cells. */
  readonly gap: number;
  /** Vertical position of a row's name: 0 for its top, 0.5 for its center. */
  readonly nameAt: number;
}

/** Colored cells over time, a row per series. Grafana's panels of this kind are not on npm. */
export function Cells({ frames, width, height, scope, theme, marks, zoom, ...style }: CellsProps) {
  const prepConfig = (aligned: DataFrame, _: DataFrame[], getTimeRange: () => TimeRange) => {
    const rows = aligned.fields.slice(1);
    const config = new UPlotConfigBuilder("browser");
    const { Horizontal, Vertical } = ScaleOrientation;
    config.addScale({
      scaleKey: "x",
      isTime: true,
      orientation: Horizontal,
      direction: ScaleDirection.Right,
      range: () => [getTimeRange().from.valueOf(), getTimeRange().to.valueOf()],
    });
    config.addScale({
      scaleKey: "y",
      orientation: Vertical,
      direction: ScaleDirection.Down,
      range: () => [0, rows.length],
    });
    config.addAxis({ scaleKey: "x", isTime: true, placement: AxisPlacement.Bottom, timeZone: "browser", theme });
    config.addAxis({
      scaleKey: "y",
      placement: AxisPlacement.Left,
      theme,
      grid: { show: false },
      ticks: { show: false },
      splits: rows.map((_row, index) => index + style.nameAt),
      values: (plot) => rows.map((row) => fitted(getFieldDisplayName(row, aligned), plot.width * maxNameShare)),
    });
    for (const _row of rows)
      config.addSeries({ scaleKey: "y", theme, pathBuilder: () => null, pointsBuilder: () => false });
    config.setCursor({ y: false, points: { show: false } });
    config.setPrepData(([frame]) => (frame?.fields.map(({ values }) => values) ?? []) as uPlot.AlignedData);
    config.addHook("drawAxes", (plot) => paint(plot, aligned, style));
    return config;
  };
  return (
    <PanelContextProvider value={plotContext}>
      <GraphNG
        frames={frames}
        structureRev={useRevision(frames)}
        width={width}
        height={height}
        timeRange={scope.range}
        timeZone="browser"
        theme={theme}
        propsToDiff={["theme"]}
        legend={noLegend}
        renderLegend={() => null}
        prepConfig={prepConfig}
      >
        {(config, frame) => (
          <PlotPlugins
            {...{ config, frame, tooltip, marks, zoom }}
            seriesAt={(plot) => Math.floor(plot.posToVal(plot.cursor.top ?? 0, "y")) + 1}
          />
        )}
      </GraphNG>
    </PanelContextProvider>
  );
}

/** Draws a cell for each value, from its time to that of the next evaluation. */
function paint(plot: uPlot, { fields }: DataFrame, { color, opacity, gap }: Omit<CellsProps, keyof PanelProps>): void {
  const { ctx, bbox, data } = plot;
  const step = fields[0]?.config.interval ?? 0;
  const x = (time: number) => Math.round(plot.valToPos(time, "x", true));
  const y = (row: number) => plot.valToPos(row, "y", true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.globalAlpha = opacity;
  for (const [row, field] of fields.slice(1).entries()) {
    const top = y(row + gap / 2);
    const height = y(row + 1 - gap / 2) - top;
    data[0].forEach((time, index) => {
      const value = data[row + 1]?.[index];
      const fill = value === null || value === undefined ? undefined : color(field, value);
      if (fill === undefined) return;
      ctx.fillStyle = fill;
      ctx.fillRect(x(time), top, Math.max(1, x(time + step) - x(time)), height);
    });
  }
  ctx.restore();
}

/** Truncates text to a width with an ellipsis. */
function fitted(text: string, width: number): string {
  const widthOf = (part: string) => measureText(part, UPLOT_AXIS_FONT_SIZE).width;
  if (widthOf(text) <= width) return text;
  let shown = text;
  while (shown.length > 1 && widthOf(`${shown}…`) > width) shown = shown.slice(0, -1);
  return `${shown}…`;
}
