import type { Builder, Dataquery } from "@grafana/grafana-foundation-sdk/cog";
import {
  type DashboardLink,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type GridPos,
  MappingType,
  type Panel as SdkPanel,
  type ThresholdsConfig,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { DataqueryBuilder as LokiQueryBuilder } from "@grafana/grafana-foundation-sdk/loki";
import {
  DataqueryBuilder as PrometheusQueryBuilder,
  PromQueryFormat,
} from "@grafana/grafana-foundation-sdk/prometheus";
import type { AlertName } from "../../config/alerts/catalogue.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { logsOfSeries, runbookLinks } from "./links.ts";
import type { Query } from "./query.ts";
import { type AlertThresholds, neutral, type ThresholdStep, thresholdLines, thresholdSteps } from "./thresholds.ts";
import { sourceOf } from "./variables.ts";

/** Options of all panels. */
export interface PanelSpec {
  readonly title: string;
  /** What the panel shows and how to read it. */
  readonly description: string;
  /** A Grafana unit: "short", "percentunit", "s", "bytes", "reqps" … */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Width in grid columns, of 24. */
  readonly width: number;
  /** Height in grid rows of 30 pixels. Defaults to 8. */
  readonly height?: number;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: AlertThresholds | readonly ThresholdStep[];
  /** Shown instead of "No data" if only some services have this data. */
  readonly onlySome?: string;
  /** Alerts related to the panel; their runbooks are linked. */
  readonly alerts?: readonly AlertName[];
  /** Links each series to the logs of its service label. */
  readonly leadsToLogs?: boolean;
  /** Value mappings with colours. */
  readonly mappings?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  /** Colours by series name. */
  readonly colours?: Readonly<Record<string, string>>;
  /** Colours by series name pattern; `colours` takes precedence. */
  readonly coloursByPattern?: Readonly<Record<string, string>>;
  /** Colours of limit lines, by series name. */
  readonly dashed?: Readonly<Record<string, string>>;
  /** Thresholds by series name. */
  readonly thresholdsByName?: Readonly<Record<string, readonly ThresholdStep[]>>;
}

export interface Panel extends PanelSpec {
  build(settings: Settings, id: number, gridPos: GridPos): SdkPanel;
}

/** Common interface of the SDK's panel builders, which has no such type. */
export interface Visualization extends Builder<SdkPanel> {
  id(id: number): unknown;
  gridPos(gridPos: GridPos): unknown;
  title(title: string): unknown;
  description(description: string): unknown;
  datasource(datasource: { type: string; uid: string }): unknown;
  withTarget(target: Builder<Dataquery>): unknown;
  links(links: Builder<DashboardLink>[]): unknown;
  dataLinks(links: Builder<DashboardLink>[]): unknown;
  unit(unit: string): unknown;
  decimals(decimals: number): unknown;
  min(min: number): unknown;
  max(max: number): unknown;
  noValue(text: string): unknown;
  mappings(mappings: ValueMapping[]): unknown;
  thresholds(thresholds: Builder<ThresholdsConfig>): unknown;
  overrideByName(name: string, properties: DynamicConfigValue[]): unknown;
  overrideByRegexp(pattern: string, properties: DynamicConfigValue[]): unknown;
}

/**
 * Creates a panel from a spec and a visualization. `visualize` is called for each build. Thresholds are value colours or lines.
 */
export function panel(
  spec: PanelSpec,
  visualize: (context: { steps: readonly ThresholdStep[] }) => Visualization,
  drawn: "values" | "lines" = "values",
): Panel {
  return {
    ...spec,
    build(settings, id, gridPos) {
      const steps = stepsOf(settings, spec, drawn);
      const visualization = visualize({ steps });
      visualization.id(id);
      visualization.gridPos(gridPos);
      describe(visualization, spec, steps);
      for (const [index, query] of spec.queries.entries()) visualization.withTarget(target(query, index));
      const links = runbookLinks(settings, spec.alerts ?? []);
      if (links.length > 0) visualization.links(links);
      const logs = spec.leadsToLogs ? logsOfSeries(settings) : [];
      if (logs.length > 0) visualization.dataLinks(logs);
      return visualization.build();
    },
  };
}

function stepsOf(settings: Settings, { thresholds }: PanelSpec, drawn: "values" | "lines"): readonly ThresholdStep[] {
  // Grafana's default threshold is red from 80, whatever the unit.
  if (thresholds === undefined) return [{ value: null, color: neutral }];
  if (!("fires" in thresholds)) return thresholds;
  return drawn === "lines" ? thresholdLines(settings, thresholds) : thresholdSteps(settings, thresholds);
}

function describe(visualization: Visualization, spec: PanelSpec, steps: readonly ThresholdStep[]): void {
  visualization.title(spec.title);
  visualization.description(spec.description);
  // "short" would round 1,512 to 2 K.
  visualization.unit(spec.unit === "short" && spec.decimals === 0 ? "locale" : spec.unit);
  const [first] = spec.queries;
  if (first !== undefined) visualization.datasource(sourceOf(first.datasource));
  if (spec.decimals !== undefined) visualization.decimals(spec.decimals);
  if (spec.min !== undefined) visualization.min(spec.min);
  if (spec.max !== undefined) visualization.max(spec.max);
  const whyEmpty = spec.queries.every((query) => query.mayBeEmpty !== undefined) ? first?.mayBeEmpty : spec.onlySome;
  if (whyEmpty !== undefined) visualization.noValue(whyEmpty);
  visualization.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([...steps]));
  if (spec.mappings !== undefined) {
    visualization.mappings([{ type: MappingType.ValueToText, options: { ...spec.mappings } }]);
  }
  for (const [pattern, color] of Object.entries(spec.coloursByPattern ?? {})) {
    visualization.overrideByRegexp(pattern, [{ id: "color", value: { mode: "fixed", fixedColor: color } }]);
  }
  for (const [series, color] of Object.entries(spec.colours ?? {})) {
    visualization.overrideByName(series, [{ id: "color", value: { mode: "fixed", fixedColor: color } }]);
  }
  for (const [series, color] of Object.entries(spec.dashed ?? {})) {
    visualization.overrideByName(series, [
      { id: "color", value: { mode: "fixed", fixedColor: color } },
      { id: "custom.lineStyle", value: { fill: "dash", dash: [10, 10] } },
      { id: "custom.fillOpacity", value: 0 },
    ]);
  }
  for (const [series, own] of Object.entries(spec.thresholdsByName ?? {})) {
    visualization.overrideByName(series, [{ id: "thresholds", value: { mode: "absolute", steps: [...own] } }]);
  }
}

/** refIds of a panel's queries. */
export function refId(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}

function target(query: Query, index: number): Builder<Dataquery> {
  if (query.datasource === "loki") {
    const loki = new LokiQueryBuilder().refId(refId(index)).datasource(sourceOf("loki")).expr(query.expr);
    loki.queryType(query.kind);
    if (query.legend !== undefined) loki.legendFormat(query.legend);
    if (query.maxLines !== undefined) loki.maxLines(query.maxLines);
    return loki;
  }
  const prometheus = new PrometheusQueryBuilder()
    .refId(refId(index))
    .datasource(sourceOf("prometheus"))
    .expr(query.expr);
  if (query.kind === "range") prometheus.range();
  else prometheus.instant();
  if (query.legend !== undefined) prometheus.legendFormat(query.legend);
  if (query.table) prometheus.format(PromQueryFormat.Table);
  if (query.heatMap) prometheus.format(PromQueryFormat.Heatmap);
  if (query.exemplars) prometheus.exemplar(true);
  return prometheus;
}

/** Colours by threshold. */
export function thresholdColour() {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

/** One palette colour per series. Colours by name would be consistent across panels, but too similar. */
export function seriesColours() {
  return new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic);
}

/** A single neutral colour. */
export function oneColour() {
  return new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(neutral);
}
