import { isIPv6 } from "node:net";
import type { AlertName } from "../alerts/catalogue.ts";
import { isLoopback } from "../settings/hosts.ts";
import type { Settings } from "../settings/schema.ts";
import type { PublishedPart } from "../settings/sections/network.ts";
import { alertmanager } from "./alertmanager/product.ts";
import { schemeOf } from "./internal-tls.ts";
import { prometheus } from "./prometheus/product.ts";

/** Dashboard uids. */
export const dashboardUids = {
  home: "white-room-home",
  systemHealth: "white-room-system-health",
  applicationPerformance: "white-room-application-performance",
  businessMetrics: "white-room-business-metrics",
  objectives: "white-room-objectives",
  probes: "white-room-probes",
  alerts: "white-room-alerts",
  logs: "white-room-logs",
  kubernetes: "white-room-kubernetes",
  monitoring: "white-room-monitoring",
} as const;

export type DashboardName = keyof typeof dashboardUids;

/** Address on which the ports of a part are published. */
export function bindAddress({ network }: Settings, part: PublishedPart): string {
  return network.bindAddresses[part] ?? network.bindAddress;
}

/** Host name in user-facing URLs, of a part or of the stack. */
export function publicHost(settings: Settings, part?: PublishedPart): string {
  const { network } = settings;
  const address = part === undefined ? network.bindAddress : bindAddress(settings, part);
  return bracketed(network.publicHost ?? (isLoopback(address) || isUnspecified(address) ? "localhost" : address));
}

/** Stands for all addresses of the host. */
export function isUnspecified(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** Formats an address for URLs: IPv6 in brackets. */
export function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

export function prometheusUrl(settings: Settings): string {
  return `${schemeOf(settings, prometheus)}://${publicHost(settings, "prometheus")}:${settings.metrics.port}`;
}

export function alertmanagerUrl(settings: Settings): string {
  return (
    withoutSlash(settings.alerting.externalUrl) ??
    `${schemeOf(settings, alertmanager)}://${publicHost(settings, "alertmanager")}:${settings.alerting.port}`
  );
}

export function grafanaUrl(settings: Settings): string {
  const { enabled, port, url } = settings.visualization;
  return withoutSlash(url) ?? `http://${publicHost(settings, enabled ? "grafana" : "viewer")}:${port}`;
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
