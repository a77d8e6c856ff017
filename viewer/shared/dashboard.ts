/** The parts of Grafana's dashboard JSON that the viewer uses. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly tags?: readonly string[];
  readonly refresh?: string;
  readonly time?: { readonly from: string; readonly to?: string };
  readonly links?: readonly Link[];
  readonly panels?: readonly Panel[];
  readonly templating?: { readonly list?: readonly Variable[] };
  readonly annotations?: { readonly list?: readonly Annotation[] };
}

export interface Link {
  readonly title: string;
  readonly url?: string;
  readonly targetBlank?: boolean;
  readonly keepTime?: boolean;
  readonly includeVars?: boolean;
}

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface DataSource {
  readonly type?: string;
  readonly uid?: string;
}

export interface Target {
  readonly refId: string;
  readonly expr: string;
  readonly datasource?: DataSource;
  readonly legendFormat?: string;
  readonly format?: string;
  readonly instant?: boolean;
  readonly queryType?: string;
  readonly maxLines?: number;
  readonly hide?: boolean;
}

export interface Transformation {
  readonly id: string;
  readonly options: object;
}

export interface Property {
  readonly id: string;
  readonly value?: unknown;
}

export interface FieldConfig {
  readonly defaults: Readonly<Record<string, unknown>> & { readonly noValue?: string; readonly unit?: string };
  readonly overrides: readonly {
    readonly matcher: { readonly id: string; readonly options?: unknown };
    readonly properties: readonly Property[];
  }[];
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly collapsed?: boolean;
  readonly panels?: readonly Panel[];
  readonly datasource?: DataSource;
  readonly targets?: readonly Target[];
  readonly transformations?: readonly Transformation[];
  readonly fieldConfig?: FieldConfig;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly links?: readonly Link[];
}

export interface Variable {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  readonly description?: string;
  readonly datasource?: DataSource;
  readonly query?: string;
  readonly allValue?: string;
  readonly includeAll?: boolean;
  readonly multi?: boolean;
  readonly hide?: number | string;
  readonly current?: { readonly value?: string | readonly string[] };
}

export interface Annotation {
  readonly name: string;
  readonly enable?: boolean;
  readonly expr?: string;
  readonly iconColor?: string;
  readonly titleFormat?: string;
  readonly textFormat?: string;
  readonly useValueForTime?: boolean;
}

/** All panels of a dashboard except rows, including panels in collapsed rows. */
export function panelsOf({ panels = [] }: Dashboard): Panel[] {
  return panels.flatMap((panel) => (panel.type === "row" ? [...(panel.panels ?? [])] : [panel]));
}
