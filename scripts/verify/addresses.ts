import { alertmanager } from "../../config/products/alertmanager/product.ts";
import { schemeOf } from "../../config/products/internal-tls.ts";
import { bindAddress, grafanaPath, isBehindSignIn, pageUrl, publicHost } from "../../config/products/links.ts";
import { loki } from "../../config/products/loki/product.ts";
import { prometheus } from "../../config/products/prometheus/product.ts";
import { isLoopback } from "../../config/settings/hosts.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { PublishedComponent } from "../../config/settings/sections/network.ts";

/** Address of a product's published port. User-facing URLs may lead through an authenticating proxy. */
function published(
  settings: Settings,
  component: PublishedComponent,
  port: number,
  product: Parameters<typeof schemeOf>[1] = {},
): string {
  if (isBehindSignIn(settings, component)) return pageUrl(settings, component, port) ?? "";
  // A port bound to loopback is reachable only there, whatever the public host name is.
  const onLoopback = isLoopback(bindAddress(settings, component));
  return `${schemeOf(settings, product)}://${onLoopback ? "localhost" : publicHost(settings, component)}:${port}`;
}

export function prometheusAddress(settings: Settings): string {
  return published(settings, "prometheus", settings.metrics.port, prometheus);
}

export function alertmanagerAddress(settings: Settings): string {
  return published(settings, "alertmanager", settings.alerting.port, alertmanager);
}

export function lokiAddress(settings: Settings): string {
  return published(settings, "loki", settings.logs.port, loki);
}

export function grafanaAddress(settings: Settings): string {
  return published(settings, "grafana", settings.visualization.port) + grafanaPath(settings);
}

/** Addresses of the components that serve TLS, by name. */
export function componentAddresses(settings: Settings): [component: string, url: string][] {
  return [
    [prometheus.workload, prometheusAddress(settings)],
    [alertmanager.workload, alertmanagerAddress(settings)],
    [loki.workload, lokiAddress(settings)],
  ];
}
