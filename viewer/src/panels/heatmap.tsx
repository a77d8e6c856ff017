import {
  type DataFrame,
  FieldType,
  formattedValueToString,
  type GrafanaTheme2,
  getDisplayProcessor,
  getValueFormat,
} from "@grafana/data";
import { interpolateOranges } from "d3-scale-chromatic";
import { useMemo } from "react";
import { ownValues } from "./buckets.ts";
import { Cells } from "./cells.tsx";
import { optionsOf, type PanelProps } from "./props.ts";

interface HeatMapOptions {
  readonly color?: { readonly exponent?: number };
  readonly filterValues?: { readonly le?: number };
  readonly legend?: { readonly show?: boolean };
  readonly yAxis?: { readonly unit?: string };
}

const legendHeight = 24;

/** Heat map of a Prometheus histogram: a row per bucket, colored by its rate. */
export function HeatMap(props: PanelProps) {
  const { panel, frames, height, theme } = props;
  const { color, filterValues, legend, yAxis } = optionsOf<HeatMapOptions>(panel);
  const buckets = useMemo(() => bucketFrames(frames, yAxis?.unit, theme), [frames, yAxis, theme]);
  const max = Math.max(0, ...buckets.flatMap(({ fields }) => fields[1]?.values ?? []));
  const shade = (share: number) => interpolateOranges(theme.isDark ? 1 - share : share);
  const display = buckets[0]?.fields[1]?.display;
  const hasLegend = legend?.show !== false && display !== undefined;
  return (
    <>
      <Cells
        {...props}
        frames={buckets}
        height={hasLegend ? height - legendHeight : height}
        color={(_, value) =>
          value > (filterValues?.le ?? 0) ? shade((value / max) ** (color?.exponent ?? 0.5)) : undefined
        }
        opacity={1}
        gap={0.05}
        nameAt={0}
      />
      {hasLegend && (
        <div className="viewer-scale" style={{ height: legendHeight }}>
          0
          <span style={{ background: `linear-gradient(to right, ${[0, 0.25, 0.5, 0.75, 1].map(shade).join()})` }} />
          {formattedValueToString(display(max))}
        </div>
      )}
    </>
  );
}

/** One frame per bucket, named after its upper bound. */
function bucketFrames(frames: readonly DataFrame[], unit: string | undefined, theme: GrafanaTheme2): DataFrame[] {
  const time = frames[0]?.fields[0];
  if (time === undefined) return [];
  const cumulative = frames.map(({ fields: [, value] }) => ({
    le: Number(value?.labels?.["le"]?.replace("Inf", "Infinity")),
    values: value?.values ?? [],
  }));
  return ownValues(cumulative).map(({ le, values }) => {
    const name = Number.isFinite(le) ? formattedValueToString(getValueFormat(unit)(le)) : "+Inf";
    const field = { name, type: FieldType.number, config: { displayName: name }, values: [...values] };
    const display = getDisplayProcessor({ field, theme });
    return { length: values.length, fields: [time, { ...field, display, state: { displayName: name } }] };
  });
}
