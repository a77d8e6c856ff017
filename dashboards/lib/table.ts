import { TableCellDisplayMode } from "@grafana/grafana-foundation-sdk/common";
import type { DynamicConfigValue } from "@grafana/grafana-foundation-sdk/dashboard";
import { PanelBuilder } from "@grafana/grafana-foundation-sdk/table";
import { type Panel, type PanelSpec, panel, refId, thresholdColour } from "./panel.ts";
import type { ThresholdStep } from "./thresholds.ts";

/** A column: a label, or the value of the n-th query, counted from 0. */
export interface Column {
  readonly of: string | number;
  readonly title: string;
  readonly unit?: string;
  readonly decimals?: number;
  readonly width?: number;
  /** Defaults to 150 for labels and 100 for numbers. */
  readonly minWidth?: number;
  /** Colours values by the panel's thresholds, or by thresholds of the column. */
  readonly coloured?: true;
  readonly steps?: readonly ThresholdStep[];
  /** Value mappings with colours. */
  readonly words?: Readonly<Record<string, { readonly text?: string; readonly color: string }>>;
  /** Link of the cells. */
  readonly link?: { readonly title: string; readonly url: string };
}

/** A table with one row per label set and the given columns; other labels are hidden. Sorted by all of `sortBy`, in order. */
export function table(
  spec: PanelSpec,
  columns: readonly Column[],
  ...sortBy: readonly { title: string; descending: boolean }[]
): Panel {
  return panel(spec, () => {
    const builder = new PanelBuilder().colorScheme(thresholdColour()).filterable(true);
    for (const transformation of joined(spec, columns)) builder.withTransformation(transformation);
    for (const column of columns) builder.overrideByName(column.title, properties(column));
    builder.sortBy(
      sortBy.map(({ title, descending }) => ({ build: () => ({ displayName: title, desc: descending }) })),
    );
    return builder;
  });
}

function joined(spec: PanelSpec, columns: readonly Column[]) {
  const several = spec.queries.length > 1;
  const numbered = several || spec.queries[0]?.datasource === "loki";
  const field = ({ of }: Column) => (typeof of === "string" ? of : numbered ? `Value #${refId(of)}` : "Value");
  return [
    ...(several ? [{ id: "merge", options: {} }] : []),
    { id: "filterFieldsByName", options: { include: { names: columns.map(field) } } },
    {
      id: "organize",
      options: {
        indexByName: Object.fromEntries(columns.map((column, index) => [field(column), index])),
        renameByName: Object.fromEntries(columns.map((column) => [field(column), column.title])),
      },
    },
  ];
}

function properties({
  of,
  unit,
  decimals,
  width,
  minWidth,
  coloured,
  steps,
  words,
  link,
}: Column): DynamicConfigValue[] {
  // Otherwise empty cells would show the panel's noValue text.
  const all: DynamicConfigValue[] = [{ id: "noValue", value: "–" }];
  if (unit !== undefined) all.push({ id: "unit", value: unit });
  if (decimals !== undefined) all.push({ id: "decimals", value: decimals });
  if (width !== undefined) all.push({ id: "custom.width", value: width });
  else all.push({ id: "custom.minWidth", value: minWidth ?? (typeof of === "string" ? 150 : 100) });
  if (steps !== undefined) all.push({ id: "thresholds", value: { mode: "absolute", steps: [...steps] } });
  if (words !== undefined) all.push({ id: "mappings", value: [{ type: "value", options: { ...words } }] });
  if (coloured || steps !== undefined || words !== undefined) {
    all.push({ id: "custom.cellOptions", value: { type: TableCellDisplayMode.ColorText } });
  }
  if (link !== undefined) all.push({ id: "links", value: [{ title: link.title, url: link.url }] });
  return all;
}
