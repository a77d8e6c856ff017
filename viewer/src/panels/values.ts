import { type FieldDisplay, getFieldDisplayValues, type ReduceDataOptions } from "@grafana/data";
import { inText } from "../scope.ts";
import { fieldConfigOf, optionsOf, type PanelProps } from "./props.ts";

/** One value per series, reduced according to the panel options. */
export function reducedValues({ panel, frames, scope, theme }: PanelProps, sparkline = false): FieldDisplay[] {
  const { reduceOptions } = optionsOf<{ reduceOptions: ReduceDataOptions }>(panel);
  return getFieldDisplayValues({
    fieldConfig: fieldConfigOf(panel),
    reduceOptions,
    replaceVariables: (text, scoped, format) => inText(text, scope, scoped, format),
    theme,
    data: frames,
    sparkline,
    timeZone: "browser",
  });
}
