import { Cells } from "./cells.tsx";
import { fieldConfigOf, type PanelProps } from "./props.ts";

/** State timeline: a row per series, colored by state. */
export function Timeline(props: PanelProps) {
  const opacity = Number(fieldConfigOf(props.panel).defaults.custom?.["fillOpacity"] ?? 70) / 100;
  return (
    <Cells {...props} color={(field, value) => field.display?.(value).color} opacity={opacity} gap={0.1} nameAt={0.5} />
  );
}
