import { bindAddress, grafanaPath, publicHost } from "../../config/products/links.ts";
import { isLoopback } from "../../config/settings/hosts.ts";
import type { Settings } from "../../config/settings/schema.ts";
import type { PublishedPart } from "../../config/settings/sections/network.ts";

/** Address of a product's published port. User-facing URLs may lead through an authenticating proxy. */
function published(settings: Settings, part: PublishedPart, port: number): string {
  // A port bound to loopback is reachable only there, whatever the public host name is.
  const onLoopback = isLoopback(bindAddress(settings, part));
  return `http://${onLoopback ? "localhost" : publicHost(settings, part)}:${port}`;
}

export function prometheusAddress(settings: Settings): string {
  return published(settings, "prometheus", settings.metrics.port);
}

export function alertmanagerAddress(settings: Settings): string {
  return published(settings, "alertmanager", settings.alerting.port);
}

export function lokiAddress(settings: Settings): string {
  return published(settings, "loki", settings.logs.port);
}

export function grafanaAddress(settings: Settings): string {
  return published(settings, "grafana", settings.visualization.port) + grafanaPath(settings);
}
