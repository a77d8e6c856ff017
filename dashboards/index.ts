import { traitsOf } from "../components/platform/traits.ts";
import { objectives as objectivesOf } from "../config/alerts/objectives.ts";
import { watchesApplications, watchesJourneys, watchesProbes } from "../config/alerts/parts.ts";
import { type RenderedFile, toJson } from "../config/file.ts";
import { dashboardUids } from "../config/products/links.ts";
import { hasLoki } from "../config/products/loki/product.ts";
import { longTermOf } from "../config/products/thanos/long-term.ts";
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

/** All dashboards that have data with these settings, in the order of the links. */
export function dashboards(settings: Settings): Dashboard[] {
  return [
    home(settings),
    systemHealth(settings),
    ...(watchesApplications(settings) ? [applicationPerformance(settings), businessMetrics(settings)] : []),
    ...(objectivesOf(settings).length > 0 ? [objectives(settings)] : []),
    ...(watchesProbes(settings) || watchesJourneys(settings) ? [probes(settings)] : []),
    ...(settings.tracing.enabled ? [traces(settings)] : []),
    ...(longTermOf(settings) === undefined ? [] : [longTerm(settings)]),
    ...(settings.alerting.enabled ? [alerts(settings)] : []),
    ...(hasLoki(settings) ? [logs(settings)] : []),
    ...(traitsOf(settings).discoversTargets ? [kubernetes(settings)] : []),
    monitoring(settings),
  ];
}

/** Dashboard files, `<uid>.json`. The output is deterministic. */
export function renderDashboards(settings: Settings): RenderedFile[] {
  const all = dashboards(settings);
  return all.map((dashboard) => ({
    path: `${dashboardUids[dashboard.name]}.json`,
    content: toJson(buildDashboard(settings, dashboard, all)),
  }));
}
