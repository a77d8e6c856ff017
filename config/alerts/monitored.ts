import { traitsOf } from "../../components/platform/traits.ts";
import { allProbes } from "../products/blackbox/probes.ts";
import { probeJob } from "../products/blackbox/product.ts";
import { collectorJob } from "../products/collector/collector.ts";
import { collectsEvents } from "../products/events-collector/events.ts";
import { eventsCollector } from "../products/events-collector/product.ts";
import { allJourneys } from "../products/journeys/journeys.ts";
import { journeyRunner } from "../products/journeys/product.ts";
import type { Settings } from "../settings/schema.ts";

/** Application jobs that must have targets. On Kubernetes, targets are also discovered from pods. */
export function applicationJobs(settings: Settings): { readonly job: string; readonly service: string }[] {
  return Object.entries(settings.applications)
    .filter(
      ([, { enabled, targets, discovery }]) =>
        enabled &&
        (targets.length + discovery.files.length + discovery.srv.length > 0 || traitsOf(settings).discoversTargets),
    )
    .map(([job, { service }]) => ({ job, service: service ?? job }));
}

/** Whether any White Room services may be scraped. On Kubernetes, pods without a configured job are discovered. */
export function watchesApplications(settings: Settings): boolean {
  return traitsOf(settings).discoversTargets || applicationJobs(settings).length > 0;
}

/** Whether an exporter has at least one target. */
export function watchesServers({ exporters }: Settings, kind: "postgres" | "redis" | "nginx"): boolean {
  return exporters[kind].enabled && exporters[kind].targets.length > 0;
}

/** Whether there is at least one probe. */
export function watchesProbes(settings: Settings): boolean {
  return allProbes(settings).length > 0;
}

/** Whether there is at least one journey. */
export function watchesJourneys(settings: Settings): boolean {
  return allJourneys(settings).length > 0;
}

/** Scrape jobs of the programs that collect logs and events. */
export function collectorJobs(
  settings: Settings,
): { readonly job: string; readonly program: Settings["logs"]["collector"] }[] {
  const { enabled, collector } = settings.logs;
  return [
    ...(enabled ? [{ job: collectorJob, program: collector }] : []),
    ...(collectsEvents(settings) ? [{ job: eventsCollector.job, program: "alloy" } as const] : []),
  ];
}

/** Matches the results of probes and of journeys, which have the same names. */
export const probesAndJourneys = `job=~"${probeJob}|${journeyRunner.job}"`;
