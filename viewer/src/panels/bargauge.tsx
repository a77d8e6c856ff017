import { type FieldDisplay, getDisplayValueAlignmentFactors, VizOrientation } from "@grafana/data";
import type { BarGaugeDisplayMode, BarGaugeNamePlacement, BarGaugeValueMode } from "@grafana/schema";
import { BarGauge, VizRepeater } from "@grafana/ui";
import { WithDataLinks } from "./data-links.tsx";
import { optionsOf, type PanelProps } from "./props.ts";
import { reducedValues } from "./values.ts";

interface BarGaugeOptions {
  readonly displayMode: BarGaugeDisplayMode;
  readonly orientation: VizOrientation;
  readonly minVizWidth: number;
  readonly minVizHeight: number;
  readonly maxVizHeight: number;
  readonly showUnfilled: boolean;
  readonly valueMode: BarGaugeValueMode;
  readonly namePlacement: BarGaugeNamePlacement;
}

const spacing = 10;

export function Bars(props: PanelProps) {
  const { panel, frames, width, height, theme } = props;
  const options = optionsOf<BarGaugeOptions>(panel);
  const values = reducedValues(props);
  return (
    <VizRepeater<FieldDisplay, ReturnType<typeof getDisplayValueAlignmentFactors>>
      getValues={() => values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      source={frames}
      width={width}
      height={height}
      itemSpacing={spacing}
      minVizWidth={options.minVizWidth}
      minVizHeight={options.minVizHeight}
      maxVizHeight={options.maxVizHeight}
      orientation={options.orientation ?? VizOrientation.Horizontal}
      renderCounter={0}
      renderValue={({ value, alignmentFactors, orientation, ...size }) => (
        <WithDataLinks value={value}>
          {({ openMenu }) => (
            <BarGauge
              value={value.display}
              width={size.width}
              height={size.height}
              orientation={orientation}
              field={value.field}
              {...(value.view && { display: value.view.getFieldDisplayProcessor(value.colIndex ?? 0) })}
              theme={theme}
              itemSpacing={spacing}
              lcdCellWidth={12}
              displayMode={options.displayMode}
              {...(alignmentFactors && { alignmentFactors })}
              showUnfilled={options.showUnfilled}
              valueDisplayMode={options.valueMode}
              namePlacement={options.namePlacement}
              {...(openMenu && { onClick: openMenu })}
            />
          )}
        </WithDataLinks>
      )}
    />
  );
}
