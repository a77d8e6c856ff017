import { type FieldDisplay, getDisplayValueAlignmentFactors, VizOrientation } from "@grafana/data";
import type { VizTextDisplayOptions } from "@grafana/schema";
import {
  BigValue,
  type BigValueColorMode,
  BigValueGraphMode,
  type BigValueJustifyMode,
  type BigValueTextMode,
  VizRepeater,
} from "@grafana/ui";
import { WithDataLinks } from "./data-links.tsx";
import { optionsOf, type PanelProps } from "./props.ts";
import { reducedValues } from "./values.ts";

interface StatOptions {
  readonly colorMode: BigValueColorMode;
  readonly graphMode: BigValueGraphMode;
  readonly justifyMode: BigValueJustifyMode;
  readonly textMode: BigValueTextMode;
  readonly orientation: VizOrientation;
  readonly text?: VizTextDisplayOptions;
  readonly wideLayout: boolean;
}

export function Stat(props: PanelProps) {
  const { panel, frames, width, height, theme } = props;
  const options = optionsOf<StatOptions>(panel);
  const values = reducedValues(props, options.graphMode === BigValueGraphMode.Area);
  return (
    <VizRepeater<FieldDisplay, ReturnType<typeof getDisplayValueAlignmentFactors>>
      getValues={() => values}
      getAlignmentFactors={getDisplayValueAlignmentFactors}
      source={frames}
      width={width}
      height={height}
      itemSpacing={3}
      autoGrid
      orientation={options.orientation ?? VizOrientation.Auto}
      renderCounter={0}
      renderValue={({ value, count, alignmentFactors, width, height }) => (
        <WithDataLinks value={value}>
          {({ openMenu }) => (
            <BigValue
              value={value.display}
              count={count}
              {...(value.sparkline && { sparkline: value.sparkline })}
              colorMode={options.colorMode}
              graphMode={options.graphMode}
              justifyMode={options.justifyMode}
              textMode={options.textMode}
              alignmentFactors={alignmentFactors}
              {...(options.text && { text: options.text })}
              {...(openMenu && { onClick: openMenu })}
              width={width}
              height={height}
              theme={theme}
              disableWideLayout={!options.wideLayout}
            />
          )}
        </WithDataLinks>
      )}
    />
  );
}
