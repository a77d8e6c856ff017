import { traitsOf } from "../../../components/platform/traits.ts";
import { watchesApplications, watchesJourneys, watchesProbes } from "../../alerts/monitored.ts";
import { objectives } from "../../alerts/objectives.ts";
import type { Settings } from "../../settings/schema.ts";
import type { DashboardName } from "../links.ts";
import { hasLoki } from "../loki/product.ts";
import { longTermOf } from "../thanos/long-term.ts";

/** Whether a dashboard has data with these settings. The keys are in the order of the links. */
const hasData: Readonly<Record<DashboardName, (settings: Settings) => boolean>> = {
  home: () => true,
  systemHealth: () => true,
  applicationPerformance: watchesApplications,
  businessMetrics: watchesApplications,
  objectives: (settings) => objectives(settings).length > 0,
  probes: (settings) => watchesProbes(settings) || watchesJourneys(settings),
  traces: ({ tracing }) => tracing.enabled,
  longTerm: (settings) => longTermOf(settings) !== undefined,
  alerts: ({ alerting }) => alerting.enabled,
  logs: hasLoki,
  kubernetes: (settings) => traitsOf(settings).discoversTargets,
  monitoring: () => true,
};

/** Names of all dashboards that have data with these settings, in the order of the links. */
export function deployedDashboards(settings: Settings): DashboardName[] {
  return (Object.keys(hasData) as DashboardName[]).filter((name) => hasData[name](settings));
}
