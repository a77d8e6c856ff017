import type { ComponentType } from "react";
import type { PanelType } from "../../shared/supported.ts";
import { Bars } from "./bargauge.tsx";
import { DashboardList } from "./dashlist.tsx";
import { HeatMap } from "./heatmap.tsx";
import { Logs } from "./logs.tsx";
import { Pie } from "./pie.tsx";
import type { PanelProps } from "./props.ts";
import { Stat } from "./stat.tsx";
import { Table } from "./table.tsx";
import { Timeline } from "./timeline.tsx";
import { Graph } from "./timeseries.tsx";

/** Components by panel type. */
export const panelComponents: Readonly<Record<PanelType, ComponentType<PanelProps>>> = {
  bargauge: Bars,
  dashlist: DashboardList,
  heatmap: HeatMap,
  logs: Logs,
  piechart: Pie,
  stat: Stat,
  "state-timeline": Timeline,
  table: Table,
  timeseries: Graph,
};
