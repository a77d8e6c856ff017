import type { Settings } from "../../settings/schema.ts";
import { type HostExporterName, hostExporters } from "../host-exporters.ts";
import type { HostExporter } from "../product.ts";
import { connectionTo } from "./connections.ts";

/** Scrape job of an exporter that the stack runs, without its targets. */
export function hostExporterJob(settings: Settings, name: HostExporterName) {
  const product: HostExporter = hostExporters[name];
  const { job, service, honorLabels } = product;
  return {
    job,
    service,
    metricsPath: "/metrics",
    ...(honorLabels && { honorLabels }),
    ...connectionTo(settings, product),
  };
}
