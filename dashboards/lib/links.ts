import { type DashboardLink, DashboardLinkType } from "@grafana/grafana-foundation-sdk/dashboard";
import type { AlertName } from "../../config/alerts/catalogue.ts";
import { type DashboardName, dashboardUids, runbookUrl } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";
import { isActive } from "./thresholds.ts";

/** What the SDK takes where it wants a link; its own builder moves every link into a closed menu. */
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
 * From one dashboard to another, at the same time and cluster. The service goes along only to those that know every
 * service: elsewhere it would choose one without data.
 */
export function dashboardLink(to: DashboardName, title: string, carriesService: boolean): BuiltLink {
  const variables = carriesService && (to === "alerts" || to === "logs") ? ["cluster", "service"] : ["cluster"];
  const query = variables.map((name) => `\${${name}:queryparam}`).join("&");
  return link(title, `/d/${dashboardUids[to]}?${query}`, { keepTime: true });
}

/** What to do when the alert fires. None for an alert that is switched off. */
export function runbookLinks(settings: Settings, alerts: readonly AlertName[]): BuiltLink[] {
  return alerts
    .filter((alert) => isActive(settings, alert))
    .map((alert) => link(`Runbook: ${alert}`, runbookUrl(settings, alert), { targetBlank: true }));
}

/** From a point of a series with the label service to the log lines of that service in the same time. */
export function logsOfSeries(settings: Settings): BuiltLink[] {
  if (!settings.logs.enabled) return [];
  const query = `\${cluster:queryparam}&var-service=\${__field.labels.service}&\${__url_time_range}`;
  return [link("Logs of this service and time", `/d/${dashboardUids.logs}?${query}`)];
}
