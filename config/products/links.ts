import { isIPv6 } from "node:net";
import type { AlertName } from "../alerts/catalogue.ts";
import type { Settings } from "../settings/schema.ts";

/** Dashboard uids. */
export const dashboardUids = {
  home: "white-room-home",
  systemHealth: "white-room-system-health",
  applicationPerformance: "white-room-application-performance",
  businessMetrics: "white-room-business-metrics",
  alerts: "white-room-alerts",
  logs: "white-room-logs",
  kubernetes: "white-room-kubernetes",
  monitoring: "white-room-monitoring",
} as const;

export type DashboardName = keyof typeof dashboardUids;

/** Host name in user-facing URLs. */
export function publicHost({ network }: Settings): string {
  const loopback = network.bindAddress === "127.0.0.1" || network.bindAddress === "::1";
  const everywhere = network.bindAddress === "0.0.0.0" || network.bindAddress === "::";
  return bracketed(network.publicHost ?? (loopback || everywhere ? "localhost" : network.bindAddress));
}

/** Formats an address for URLs: IPv6 in brackets. */
export function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

export function prometheusUrl(settings: Settings): string {
  return `http://${publicHost(settings)}:${settings.metrics.port}`;
}

export function alertmanagerUrl(settings: Settings): string {
  return withoutSlash(settings.alerting.externalUrl) ?? `http://${publicHost(settings)}:${settings.alerting.port}`;
}

export function grafanaUrl(settings: Settings): string {
  return withoutSlash(settings.visualization.url) ?? `http://${publicHost(settings)}:${settings.visualization.port}`;
}

/** Path prefix of Grafana, such as "" or "/grafana", including health and metrics endpoints. */
export function grafanaPath(settings: Settings): string {
  return new URL(grafanaUrl(settings)).pathname.replace(/\/$/, "");
}

/** URL of a dashboard in Grafana or the viewer; without either, the alerts page of Prometheus. */
export function dashboardUrl(settings: Settings, dashboard: DashboardName): string {
  const { enabled, viewer } = settings.visualization;
  return enabled || viewer.enabled
    ? `${grafanaUrl(settings)}/d/${dashboardUids[dashboard]}`
    : `${prometheusUrl(settings)}/alerts`;
}

export function runbookUrl(settings: Settings, alert: AlertName): string {
  return `${withoutSlash(settings.alerting.runbookUrl)}/${alert}.md`;
}

/** Paths are appended to base URLs. */
function withoutSlash(url: string | undefined): string | undefined {
  return url?.replace(/\/+$/, "");
}
