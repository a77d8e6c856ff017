import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { cadvisor } from "./cadvisor/product.ts";
import { nodeExporter } from "./node-exporter/product.ts";
import type { HostExporter } from "./product.ts";

/** Exporters that are not configured with a list of servers to watch, by their key in `exporters`. */
export const hostExporters = {
  node: nodeExporter,
  cadvisor,
} as const satisfies Record<string, HostExporter>;

export type HostExporterName = keyof typeof hostExporters;

export const hostExporterNames = Object.keys(hostExporters) as HostExporterName[];

/** Name of the scrape pool of exporters that the stack does not deploy. */
export function elsewherePool(job: string): string {
  return `${job}-elsewhere`;
}

/** Those that the stack deploys. On Kubernetes, cAdvisor is part of the kubelets. */
export function deployedHostExporters(settings: Settings): HostExporterName[] {
  return hostExporterNames.filter(
    (name) =>
      settings.exporters[name].enabled && (name !== "cadvisor" || traitsOf(settings).containerMetrics === "cadvisor"),
  );
}
