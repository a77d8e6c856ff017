import { type RenderedFile, toJson } from "../config/file.ts";
import { deployedDashboards } from "../config/products/grafana/dashboards.ts";
import { type DashboardName, dashboardUids } from "../config/products/links.ts";
import type { Settings } from "../config/settings/schema.ts";
import { alerts } from "./alerts.ts";
import { home } from "./home.ts";
import { kubernetes } from "./kubernetes.ts";
import { buildDashboard, type Dashboard } from "./lib/dashboard.ts";
import { logs } from "./logs.ts";
import { longTerm } from "./long-term.ts";
import { monitoring } from "./monitoring.ts";
import { objectives } from "./objectives.ts";
import { probes } from "./probes.ts";
import { systemHealth } from "./system-health.ts";
import { traces } from "./traces.ts";
import { applicationPerformance } from "./white-room/application-performance.ts";
import { businessMetrics } from "./white-room/business-metrics.ts";

const builders: Readonly<Record<DashboardName, (settings: Settings) => Dashboard>> = {
  home,
  systemHealth,
  applicationPerformance,
  businessMetrics,
  objectives,
  probes,
  traces,
  longTerm,
  alerts,
  logs,
  kubernetes,
  monitoring,
};

/** All dashboards that have data with these settings, in the order of the links. */
export function dashboards(settings: Settings): Dashboard[] {
  return deployedDashboards(settings).map((name) => builders[name](settings));
}

/** Dashboard files, `<uid>.json`. The output is deterministic. */
export function renderDashboards(settings: Settings): RenderedFile[] {
  const all = dashboards(settings);
  return all.map((dashboard) => ({
    path: `${dashboardUids[dashboard.name]}.json`,
    content: toJson(buildDashboard(settings, dashboard, all)),
  }));
}
