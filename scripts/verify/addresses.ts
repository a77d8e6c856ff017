import { grafanaPath, publicHost } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";

/** Address of a product's published port. User-facing URLs may lead through an authenticating proxy. */
function published(settings: Settings, port: number): string {
  const { bindAddress } = settings.network;
  // A port bound to loopback is reachable only there, whatever the public host name is.
  const onLoopback = bindAddress === "127.0.0.1" || bindAddress === "::1";
  return `http://${onLoopback ? "localhost" : publicHost(settings)}:${port}`;
}

export function prometheusAddress(settings: Settings): string {
  return published(settings, settings.metrics.port);
}

export function alertmanagerAddress(settings: Settings): string {
  return published(settings, settings.alerting.port);
}

export function lokiAddress(settings: Settings): string {
  return published(settings, settings.logs.port);
}

export function grafanaAddress(settings: Settings): string {
  return published(settings, settings.visualization.port) + grafanaPath(settings);
}
