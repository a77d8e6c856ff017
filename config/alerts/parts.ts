import { traitsOf } from "../../components/platform/traits.ts";
import type { Settings } from "../settings/schema.ts";

/** Jobs of White Room's own programs that must have a target. On Kubernetes one without a configured target is found by its pods. */
export function applicationJobs(settings: Settings): { readonly job: string; readonly service: string }[] {
  return Object.entries(settings.applications)
    .filter(([, { enabled, targets }]) => enabled && (targets.length > 0 || traitsOf(settings).discoversTargets))
    .map(([job, { service }]) => ({ job, service: service ?? job }));
}

/** Whether anything is scraped that speaks White Room's own metrics. On Kubernetes pods are found that no job names. */
export function watchesApplications(settings: Settings): boolean {
  return traitsOf(settings).discoversTargets || applicationJobs(settings).length > 0;
}

/** Whether an exporter watches at least one server. */
export function watchesServers({ exporters }: Settings, kind: "postgres" | "redis" | "nginx"): boolean {
  return exporters[kind].enabled && exporters[kind].targets.length > 0;
}
