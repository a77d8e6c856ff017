import { isIPv6 } from "node:net";
import type { AlertName } from "../alerts/catalogue.ts";
import { isLoopback } from "../settings/hosts.ts";
import type { Settings } from "../settings/schema.ts";
import type { ClusterPage } from "../settings/sections/kubernetes.ts";
import type { PublishedComponent } from "../settings/sections/network.ts";
import { alertmanager } from "./alertmanager/product.ts";
import { schemeOf } from "./internal-tls.ts";
import { jaeger } from "./jaeger/product.ts";
import { prometheus } from "./prometheus/product.ts";

/** Dashboard uids. */
export const dashboardUids = {
  home: "white-room-home",
  systemHealth: "white-room-system-health",
  applicationPerformance: "white-room-application-performance",
  businessMetrics: "white-room-business-metrics",
  objectives: "white-room-objectives",
  probes: "white-room-probes",
  traces: "white-room-traces",
  longTerm: "white-room-long-term",
  alerts: "white-room-alerts",
  logs: "white-room-logs",
  kubernetes: "white-room-kubernetes",
  monitoring: "white-room-monitoring",
} as const;

export type DashboardName = keyof typeof dashboardUids;

/** Paths of the pages on the host of `network.gateway`. Grafana, or the viewer, has all others. */
export const pagePaths = {
  prometheus: "/prometheus",
  alertmanager: "/alertmanager",
  loki: "/loki",
  jaeger: "/jaeger",
  blackbox: "/blackbox",
  demo: "/demo",
  notifications: "/notifications",
} as const;

/** Host of `network.gateway` in URLs. */
export function gatewayHost({ network }: Settings): string {
  return bracketed(network.gateway.host ?? network.publicHost ?? "localhost").toLowerCase();
}

/** URL of `network.gateway`, without a path. */
export function gatewayUrl(settings: Settings): string {
  const { port } = settings.network.gateway;
  return `https://${gatewayHost(settings)}${port === 443 ? "" : `:${port}`}`;
}

/**
 * Whether only the gateway publishes the pages of a component. The ports for syslog and spans receive data and have no page.
 */
export function isBehindSignIn({ network }: Settings, component: PublishedComponent): boolean {
  return network.gateway.enabled && component !== "gateway" && component !== "syslog" && component !== "spans";
}

/** Address on which the ports of a component are published. */
export function bindAddress({ network }: Settings, component: PublishedComponent): string {
  return network.bindAddresses[component] ?? network.bindAddress;
}

/** Host name in user-facing URLs, of a component or of the stack. */
export function publicHost(settings: Settings, component?: PublishedComponent): string {
  const { network } = settings;
  if (component !== undefined && (component === "gateway" || isBehindSignIn(settings, component)))
    return gatewayHost(settings);
  const address = component === undefined ? network.bindAddress : bindAddress(settings, component);
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
  if (settings.network.gateway.enabled) return `${gatewayUrl(settings)}${pagePaths.prometheus}`;
  return (
    withoutSlash(settings.metrics.externalUrl) ??
    `${schemeOf(settings, prometheus)}://${publicHost(settings, "prometheus")}:${settings.metrics.port}`
  );
}

export function alertmanagerUrl(settings: Settings): string {
  if (settings.network.gateway.enabled) return `${gatewayUrl(settings)}${pagePaths.alertmanager}`;
  return (
    withoutSlash(settings.alerting.externalUrl) ??
    `${schemeOf(settings, alertmanager)}://${publicHost(settings, "alertmanager")}:${settings.alerting.port}`
  );
}

/** URL of Jaeger's UI, without a trailing slash. */
export function jaegerUrl(settings: Settings): string {
  if (settings.network.gateway.enabled) return `${gatewayUrl(settings)}${pagePaths.jaeger}`;
  const { url, ports } = settings.tracing;
  return withoutSlash(url) ?? `${schemeOf(settings, jaeger)}://${publicHost(settings, "jaeger")}:${ports.ui}`;
}

/** Search for traces of a service, whose name must be URL-encoded. Append `&start=` and `&end=` in microseconds for a range. */
export function traceSearchUrl(settings: Settings, service: string): string {
  return `${jaegerUrl(settings)}/search?service=${service}`;
}

/** URL of a page of `kubernetes.pages`. Pages are named after their workload. */
export function clusterPageUrl(settings: Settings, page: ClusterPage): string {
  switch (page) {
    case "prometheus":
      return prometheusUrl(settings);
    case "alertmanager":
      return alertmanagerUrl(settings);
    case "jaeger":
      return jaegerUrl(settings);
    default:
      return page satisfies never;
  }
}

/** Path prefix of Jaeger's UI and API, such as "/" or "/jaeger". */
export function jaegerPath(settings: Settings): string {
  return new URL(jaegerUrl(settings)).pathname;
}

export function grafanaUrl(settings: Settings): string {
  const { enabled, port, url } = settings.visualization;
  if (settings.network.gateway.enabled) return gatewayUrl(settings);
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

/** URL of the demo's control page. */
export function demoUrl(settings: Settings): string {
  if (settings.network.gateway.enabled) return `${gatewayUrl(settings)}${pagePaths.demo}/`;
  return `http://${publicHost(settings, "demo")}:${settings.demo.port}/`;
}

/** URL of the notifications that the demo received. */
export function notificationsUrl(settings: Settings): string {
  if (settings.network.gateway.enabled) return `${gatewayUrl(settings)}${pagePaths.notifications}`;
  return `http://${publicHost(settings, "demo")}:${settings.demo.notificationsPort}/notifications`;
}

/** URL of a page behind `network.gateway`, by the port that would otherwise publish it. Undefined for ports without a page. */
export function pageUrl(settings: Settings, component: PublishedComponent, port: number): string | undefined {
  switch (component) {
    case "prometheus":
    case "alertmanager":
    case "loki":
    case "jaeger":
    case "blackbox":
      return `${gatewayUrl(settings)}${pagePaths[component]}`;
    case "grafana":
    case "viewer":
      return grafanaUrl(settings);
    case "demo":
      return port === settings.demo.port ? demoUrl(settings) : notificationsUrl(settings);
    default:
      return undefined;
  }
}

export function runbookUrl(settings: Settings, alert: AlertName): string {
  return `${withoutSlash(settings.alerting.runbookUrl)}/${alert}.md`;
}

/** Paths are appended to base URLs. */
function withoutSlash(url: string | undefined): string | undefined {
  return url?.replace(/\/+$/, "");
}
