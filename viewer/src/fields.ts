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
  standardTransformers,
  standardTransformersRegistry,
  transformDataFrame,
} from "@grafana/data";
import { lastValueFrom } from "rxjs";
import type { Panel } from "../shared/dashboard.ts";
import { transformations } from "../shared/supported.ts";
import { fieldConfigOf } from "./panels/props.ts";
import { inText, type Scope } from "./scope.ts";

function option(id: string): FieldConfigPropertyItem {
  const isCustom = id.startsWith("custom.");
  const path = id.replace(/^custom\./, "");
  const override = () => null;
  return {
    id,
    path,
    name: path,
    isCustom,
    process: (value) => value,
    shouldApply: () => true,
    override,
    editor: override,
    settings: {},
  };
}

/**
 * The options that a panel sets. Grafana registers all options of a panel type together with their editors, which the
 * viewer lacks.
 */
function optionsOf({ defaults: { custom, ...standard }, overrides }: FieldConfigSource): FieldConfigOptionsRegistry {
  const set = overrides.flatMap(({ properties }) => properties.map(({ id }) => id));
  const ids = new Set([...Object.keys(standard), ...Object.keys(custom ?? {}).map((path) => `custom.${path}`), ...set]);
  return new FieldConfigOptionsRegistry(() => [...ids].map(option));
}

/**
 * Initializes the registries that Grafana initializes at startup. Registers only supported transformations, because the
 * names of all of them collide.
 */
export function registerFields(): void {
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
  const fieldConfig = fieldConfigOf(panel);
  const done = applyFieldOverrides({
    data,
    fieldConfig,
    fieldConfigRegistry: optionsOf(fieldConfig),
    replaceVariables: (text, scoped, format) => inText(text, scope, scoped, format),
    theme,
    timeZone: "browser",
  });
  cacheFieldDisplayNames(done);
  return done;
}
