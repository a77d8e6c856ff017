import { grafanaPath, publicHost } from "../../config/products/links.ts";
import type { Settings } from "../../config/settings/schema.ts";

/** Where a product answers by itself: its published port. The URLs that people open may lead through a proxy's log-in. */
function published(settings: Settings, port: number): string {
  const { bindAddress } = settings.network;
  // A port on loopback is nowhere else, whatever name the proxy before it has.
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
