/** Name of the workload that exports the metrics of one configured server. */
export function exporterName(kind: "postgres" | "redis" | "nginx", target: string): string {
  return `${kind}-exporter-${target}`;
}
