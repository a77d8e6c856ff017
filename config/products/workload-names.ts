import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { alertmanager } from "./alertmanager/product.ts";
import { type ServerKind, serverExporters } from "./server-exporters.ts";

/** Workload name of the exporter of a server. */
export function exporterName(kind: ServerKind, target: string): string {
  return `${serverExporters[kind].workload}-${target}`;
}

/** Family of all exporters of a kind. */
export function exporterFamily(kind: ServerKind): string {
  return `${serverExporters[kind].workload}s`;
}

/** Host name of an exporter, below its family's if the platform groups exporters. */
export function exporterHost(kind: ServerKind, target: string, platform: Settings["platform"]): string {
  const name = exporterName(kind, target);
  return traitsOf({ platform }).groupsExporters ? `${name}.${exporterFamily(kind)}` : name;
}

/** Headless Service name of a workload with individually addressed replicas (Kubernetes). */
export function replicasService(workload: string): string {
  return `${workload}-replicas`;
}

/** Host names of all replicas, for clients that must reach each of them. */
export function replicaHosts(workload: string, replicas: number): string[] {
  if (replicas === 1) return [workload];
  return Array.from({ length: replicas }, (_, ordinal) => `${workload}-${ordinal}.${replicasService(workload)}`);
}

/** Addresses of all Alertmanager replicas, host:port, to which Prometheus and Loki send alerts. */
export function alertmanagerAddresses({ replicas }: { readonly replicas: number }): string[] {
  return replicaHosts(alertmanager.workload, replicas).map((host) => `${host}:${alertmanager.port}`);
}
