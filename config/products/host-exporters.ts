import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { cadvisor } from "./cadvisor/product.ts";
import { nodeExporter } from "./node-exporter/product.ts";
import type { HostExporter } from "./product.ts";

/** Exporters that need no list of what they watch, by their key in `exporters`. */
export const hostExporters = {
  node: nodeExporter,
  cadvisor,
} as const satisfies Record<string, HostExporter>;

export type HostExporterName = keyof typeof hostExporters;

export const hostExporterNames = Object.keys(hostExporters) as HostExporterName[];

/** Name of the scrape job of the exporters that the stack does not run. */
export function elsewherePool(job: string): string {
  return `${job}-elsewhere`;
}

/** Those that the stack runs. On Kubernetes, the kubelets contain cAdvisor. */
export function runHostExporters(settings: Settings): HostExporterName[] {
  return hostExporterNames.filter(
    (name) =>
      settings.exporters[name].enabled && (name !== "cadvisor" || traitsOf(settings).containerMetrics === "cadvisor"),
  );
}
