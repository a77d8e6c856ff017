import type { Settings } from "../settings/schema.ts";
import type { PublishedComponent } from "../settings/sections/network.ts";
import { demoTargetsBefore } from "../white-room/demo.ts";
import { allProbes } from "./blackbox/probes.ts";
import { chosenCollector } from "./collector/chosen.ts";
import { hostExporterNames } from "./host-exporters.ts";
import { spanPorts } from "./jaeger/product.ts";
import { isBehindSignIn } from "./links.ts";
import { hasLoki } from "./loki/product.ts";

/** A port that the stack publishes on the host, with the key that sets it. */
export interface PublishedPort {
  readonly path: string;
  readonly port: number;
  readonly component: PublishedComponent;
}

/** Every port the stack publishes on the host. */
export function publishedPorts(settings: Settings): PublishedPort[] {
  return configuredPorts(settings).filter(({ component }) => !isBehindSignIn(settings, component));
}

/** Those, and the ports that are not published because of `network.gateway`. */
export function configuredPorts(settings: Settings): PublishedPort[] {
  const { metrics, logs, alerting, exporters, network, tracing, visualization, demo } = settings;
  const ports: PublishedPort[] = [{ path: "metrics.port", port: metrics.port, component: "prometheus" }];
  if (alerting.enabled) ports.push({ path: "alerting.port", port: alerting.port, component: "alertmanager" });
  if (visualization.enabled || visualization.viewer.enabled)
    ports.push({
      path: "visualization.port",
      port: visualization.port,
      component: visualization.enabled ? "grafana" : "viewer",
    });
  if (logs.enabled) {
    if (hasLoki(settings)) ports.push({ path: "logs.port", port: logs.port, component: "loki" });
    const { portKey } = chosenCollector(settings);
    ports.push({ path: `logs.${portKey}`, port: logs[portKey], component: "collector" });
    if (logs.sources.syslog.enabled)
      ports.push({ path: "logs.sources.syslog.port", port: logs.sources.syslog.port, component: "syslog" });
  }
  for (const exporter of hostExporterNames) {
    if (exporters[exporter].enabled)
      ports.push({ path: `exporters.${exporter}.port`, port: exporters[exporter].port, component: "exporters" });
  }
  if (allProbes(settings).length > 0)
    ports.push({ path: "probes.port", port: settings.probes.port, component: "blackbox" });
  if (tracing.enabled) {
    ports.push({ path: "tracing.ports.ui", port: tracing.ports.ui, component: "jaeger" });
    for (const name of spanPorts)
      ports.push({ path: `tracing.ports.${name}`, port: tracing.ports[name], component: "spans" });
  }
  for (const exporter of ["postgres", "redis", "nginx"] as const) {
    if (!exporters[exporter].enabled) continue;
    exporters[exporter].targets.forEach(({ publishedPort }, index) => {
      if (publishedPort === undefined) return;
      const list = `exporters.${exporter}.targets`;
      const given = index - demoTargetsBefore(settings, list);
      const path = given < 0 ? `exporters.${exporter}.port` : `${list}[${given}].publishedPort`;
      ports.push({ path, port: publishedPort, component: "exporters" });
    });
  }
  if (network.gateway.enabled)
    ports.push({ path: "network.gateway.port", port: network.gateway.port, component: "gateway" });
  if (demo.enabled) {
    ports.push(
      { path: "demo.port", port: demo.port, component: "demo" },
      { path: "demo.notificationsPort", port: demo.notificationsPort, component: "demo" },
    );
  }
  return ports;
}
