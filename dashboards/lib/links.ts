import { type DashboardLink, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";
import type { AlertName } from "../../config/alerts/catalogue.ts";
import { type DashboardName, dashboardUids, runbookUrl, traceSearchUrl } from "../../config/products/links.ts";
import { hasLoki } from "../../config/products/loki/product.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { isActive } from "./thresholds.ts";

/** A link in the SDK's format; the SDK's builder would put all links into a collapsed menu. */
interface BuiltLink {
  build(): DashboardLink;
}

function link(
  title: string,
  url: string,
  options: Partial<Pick<DashboardLink, "keepTime" | "targetBlank" | "tooltip">> = {},
): BuiltLink {
  const defaults = { icon: "dashboard", tooltip: "", tags: [], asDropdown: false, targetBlank: false, keepTime: false };
  return { build: () => ({ title, type: DashboardLinkType.Link, url, includeVars: false, ...defaults, ...options }) };
}

/**
 * Link to another dashboard with the same time range and cluster. The service is passed only to dashboards with all
 * services, because others might have no data for it.
 */
export function dashboardLink(to: DashboardName, title: string, carriesService: boolean): BuiltLink {
  const variables = carriesService && (to === "alerts" || to === "logs") ? ["cluster", "service"] : ["cluster"];
  const query = variables.map((name) => `\${${name}:queryparam}`).join("&");
  return link(title, `/d/${dashboardUids[to]}?${query}`, { keepTime: true });
}

/** Link to the runbook of an alert; empty if the alert is disabled. */
export function runbookLinks(settings: Settings, alerts: readonly AlertName[]): BuiltLink[] {
  return alerts
    .filter((alert) => isActive(settings, alert))
    .map((alert) => link(`Runbook: ${alert}`, runbookUrl(settings, alert), { targetBlank: true }));
}

/** Link from a series with a service label to the logs of that service in the same time range. */
export function logsOfSeries(settings: Settings): BuiltLink[] {
  if (!hasLoki(settings)) return [];
  const query = `\${cluster:queryparam}&var-service=\${__field.labels.service}&\${__url_time_range}`;
  return [link("Logs of this service in this time range", `/d/${dashboardUids.logs}?${query}`)];
}

/** Link from a row of a table to the traces of the service in a column, in the dashboard's time range. */
export function tracesOfCell(settings: Settings, column: string): { title: string; url: string } {
  const search = traceSearchUrl(settings, `\${__data.fields.${column}}`);
  return { title: "Traces of this service", url: `${search}&start=\${__from}000&end=\${__to}000` };
}
