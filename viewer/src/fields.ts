import {
  applyFieldOverrides,
  cacheFieldDisplayNames,
  type DataFrame,
  type DataTransformerConfig,
  FieldConfigOptionsRegistry,
  type FieldConfigPropertyItem,
  type FieldConfigSource,
  type GrafanaTheme2,
  getValueFormats,
  locationUtil,
  standardFieldConfigEditorRegistry,
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from "@grafana/data";
import { lastValueFrom } from "rxjs";
import type { Panel } from "../shared/dashboard.ts";
import { transformations } from "../shared/supported.ts";
import { inText, type Scope } from "./scope.ts";

/** Field options that overrides can set. Grafana registers them together with their editors, which the viewer lacks. */
const standardOptions = [
  "actions",
  "color",
  "decimals",
  "displayName",
  "displayNameFromDS",
  "fieldMinMax",
  "filterable",
  "links",
  "mappings",
  "max",
  "min",
  "noValue",
  "thresholds",
  "unit",
];
const customOptions = [
  "align",
  "axisBorderShow",
  "axisColorMode",
  "axisGridShow",
  "axisLabel",
  "axisPlacement",
  "axisSoftMax",
  "axisSoftMin",
  "barAlignment",
  "barWidthFactor",
  "cellOptions",
  "drawStyle",
  "fillBelowTo",
  "fillOpacity",
  "filterable",
  "gradientMode",
  "hidden",
  "hideFrom",
  "inspect",
  "lineInterpolation",
  "lineStyle",
  "lineWidth",
  "minWidth",
  "pointSize",
  "scaleDistribution",
  "showPoints",
  "spanNulls",
  "stacking",
  "thresholdsStyle",
  "width",
];

const identity = (value: unknown) => value;

function option(path: string, isCustom: boolean): FieldConfigPropertyItem {
  const id = isCustom ? `custom.${path}` : path;
  const override = () => null;
  return {
    id,
    path,
    name: path,
    isCustom,
    process: identity,
    shouldApply: () => true,
    override,
    editor: override,
    settings: {},
  };
}

const standard = standardOptions.map((path) => option(path, false));
const fieldOptions = new FieldConfigOptionsRegistry(() => [
  ...standard,
  ...customOptions.map((path) => option(path, true)),
]);

/**
 * Initializes the registries that Grafana initializes at startup. Registers only supported transformations, because the
 * names of all of them collide.
 */
export function registerFields(): void {
  standardFieldConfigEditorRegistry.setInit(() => standard);
  const known = Object.values(standardTransformers).filter(({ id }) =>
    (transformations as readonly string[]).includes(id),
  );
  standardTransformersRegistry.setInit(() =>
    known.map((transformer) => ({
      id: transformer.id,
      name: transformer.name,
      transformation: async () => transformer,
      editor: () => null,
      imageDark: "",
      imageLight: "",
    })),
  );
  locationUtil.initialize({
    config: { appSubUrl: "", disableSanitizeHtml: false } as Parameters<typeof locationUtil.initialize>[0]["config"],
    getVariablesUrlParams: () => ({}),
    getTimeRangeForUrl: () => ({ from: "", to: "" }),
  });
}

/** Whether Grafana has a unit with this ID. */
export function knowsUnit(unit: string): boolean {
  return getValueFormats().some(({ submenu }) => submenu?.some(({ value }) => value === unit) === true);
}

/** Applies a panel's transformations, field options, overrides, mappings, thresholds and data links. */
export async function processFrames(frames: DataFrame[], panel: Panel, scope: Scope, theme: GrafanaTheme2) {
  const wanted = (panel.transformations ?? []) as DataTransformerConfig[];
  const data = wanted.length === 0 ? frames : await lastValueFrom(transformDataFrame(wanted, frames));
  const done = applyFieldOverrides({
    data,
    fieldConfig: (panel.fieldConfig ?? { defaults: {}, overrides: [] }) as unknown as FieldConfigSource,
    fieldConfigRegistry: fieldOptions,
    replaceVariables: (text, scoped, format) => inText(text, scope, scoped, format),
    theme,
    timeZone: "browser",
  });
  cacheFieldDisplayNames(done);
  return done;
}
