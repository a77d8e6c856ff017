import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";
import { alertmanager } from "./alertmanager/product.ts";
import { type ServerKind, serverExporters } from "./server-exporters.ts";

/** Name of the workload that exports the metrics of one configured server. */
export function exporterName(kind: ServerKind, target: string): string {
  return `${serverExporters[kind].workload}-${target}`;
}

/** What the exporters of one kind of server have in common on a cluster, however many they are. */
export function exporterFamily(kind: ServerKind): string {
  return `${serverExporters[kind].workload}s`;
}

/** Host name of one of them, below its family's where the platform groups exporters. */
export function exporterHost(kind: ServerKind, target: string, platform: Settings["platform"]): string {
  const name = exporterName(kind, target);
  return traitsOf({ platform }).groupsExporters ? `${name}.${exporterFamily(kind)}` : name;
}

/** Name under which each replica of a workload has a name of its own, on a cluster. */
export function replicasService(workload: string): string {
  return `${workload}-replicas`;
}

/** Host name of each replica: who must reach all of them names each, and no balancer. */
export function replicaHosts(workload: string, replicas: number): string[] {
  if (replicas === 1) return [workload];
  return Array.from({ length: replicas }, (_, ordinal) => `${workload}-${ordinal}.${replicasService(workload)}`);
}

/** Where Prometheus and Loki send alerts: each Alertmanager, host:port. */
export function alertmanagerAddresses({ replicas }: { readonly replicas: number }): string[] {
  return replicaHosts(alertmanager.workload, replicas).map((host) => `${host}:${alertmanager.port}`);
}
