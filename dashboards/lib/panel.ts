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

/** What every panel says, whatever it looks like. */
export interface PanelSpec {
  readonly title: string;
  /** What it shows, and how to read it; the text behind the "i" of the panel. */
  readonly description: string;
  /** A unit of Grafana's: "short", "percentunit", "s", "bytes", "reqps" … */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** In the grid's 24 columns. */
  readonly width: number;
  /** In the grid's rows of 30 pixels; left out: 8. */
  readonly height?: number;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  readonly thresholds?: AlertThresholds | readonly ThresholdStep[];
  /** Only some services have what it shows: what the panel says when another one is chosen. */
  readonly onlySome?: string;
  /** Alerts about what the panel shows: it links their runbooks. */
  readonly alerts?: readonly AlertName[];
  /** Each series has the label service, and leads to its log lines. */
  readonly leadsToLogs?: boolean;
  /** A value in words, with its colour. */
  readonly mappings?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  /** Colour of a series by its name. */
  readonly colours?: Readonly<Record<string, string>>;
  /** Colour of the series whose names fit a pattern; one by its name comes before it. */
  readonly coloursByPattern?: Readonly<Record<string, string>>;
  /** Colour of a series that is a limit and no measurement, by its name. */
  readonly dashed?: Readonly<Record<string, string>>;
  /** Thresholds of a series by its name, where each has its own. */
  readonly thresholdsByName?: Readonly<Record<string, readonly ThresholdStep[]>>;
}

export interface Panel extends PanelSpec {
  build(settings: Settings, id: number, gridPos: GridPos): SdkPanel;
}

/** What all panel builders of the SDK have in common; it has no type for that. */
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

/** A panel of a spec and the visualization that is its own. `visualize` is asked for a new one at each build. Thresholds colour values, or are lines to be crossed. */
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
  // Grafana's own default is red from 80 on, whatever is counted.
  if (thresholds === undefined) return [{ value: null, color: neutral }];
  if (!("fires" in thresholds)) return thresholds;
  return drawn === "lines" ? thresholdLines(settings, thresholds) : thresholdSteps(settings, thresholds);
}

function describe(visualization: Visualization, spec: PanelSpec, steps: readonly ThresholdStep[]): void {
  visualization.title(spec.title);
  visualization.description(spec.description);
  // "short" would make 2 K of 1,512.
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

/** Letters that Grafana numbers a panel's queries with. */
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
  return prometheus;
}

/** Values in the colour of their threshold. */
export function thresholdColour() {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}

/** Each series in a colour of its own. By name colours would be the same on every panel, but many of them too near to tell apart. */
export function seriesColours() {
  return new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic);
}

/** One colour for all, where it means nothing. */
export function oneColour() {
  return new FieldColorBuilder().mode(FieldColorModeId.Fixed).fixedColor(neutral);
}
