import {
  DashboardBuilder,
  DashboardCursorSync,
  type GridPos,
  RowBuilder,
  type Dashboard as SdkDashboard,
  type Panel as SdkPanel,
} from "@grafana/grafana-foundation-sdk/dashboard";
import { type DashboardName, dashboardUids } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { type Annotation, buildAnnotation } from "./annotations.ts";
import { dashboardLink } from "./links.ts";
import type { Panel } from "./panel.ts";
import { buildVariable, type Variable } from "./variables.ts";

/** A row of panels under a heading, placed from left to right. */
export interface Row {
  readonly title: string;
  readonly panels: readonly Panel[];
}

export interface Dashboard {
  readonly name: DashboardName;
  readonly title: string;
  readonly description: string;
  /** Default time range. */
  readonly from: string;
  readonly variables: readonly Variable[];
  readonly annotations: readonly Annotation[];
  readonly rows: readonly Row[];
}

/** Tag of all built-in dashboards. */
export const tag = "white-room";

const columns = 24;

/** Grafana's dashboard model. `others` are the dashboards it links to. */
export function buildDashboard(settings: Settings, dashboard: Dashboard, others: readonly Dashboard[]): SdkDashboard {
  const builder = new DashboardBuilder(dashboard.title)
    .uid(dashboardUids[dashboard.name])
    .id(null)
    .description(dashboard.description)
    .tags([tag])
    .readonly()
    .tooltip(DashboardCursorSync.Crosshair)
    .refresh("30s")
    .time({ from: dashboard.from, to: "now" })
    .variables(dashboard.variables.map(buildVariable))
    .annotations(dashboard.annotations.map(buildAnnotation));
  const carriesService = dashboard.variables.some(({ name }) => name === "service");
  for (const other of others) {
    if (other.name !== dashboard.name) builder.link(dashboardLink(other.name, other.title, carriesService));
  }
  let id = 0;
  let y = 0;
  for (const row of dashboard.rows) {
    const heading: GridPos = { x: 0, y, w: columns, h: 1 };
    builder.withRow(new RowBuilder(row.title).id(++id).gridPos(heading));
    const { places, height } = flow(row.panels, y + 1);
    for (const [index, panel] of row.panels.entries()) {
      const built = panel.build(settings, ++id, places[index] ?? heading);
      builder.withPanel({ build: (): SdkPanel => built });
    }
    y += 1 + height;
  }
  return builder.build();
}

/** Places panels from left to right, wrapping to the next line. */
function flow(panels: readonly Panel[], top: number): { places: GridPos[]; height: number } {
  let x = 0;
  let y = top;
  let line = 0;
  const places = panels.map(({ width, height = 8 }): GridPos => {
    if (x + width > columns) {
      x = 0;
      y += line;
      line = 0;
    }
    const place = { x, y, w: width, h: height };
    x += width;
    line = Math.max(line, height);
    return place;
  });
  return { places, height: y + line - top };
}
