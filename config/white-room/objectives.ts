import { valid } from "../alerts/expression.ts";
import { type MetricDefinition, metricDefinition } from "./metrics.ts";

/** Counted events of an objective, and those that failed, per second. */
export interface Rates {
  readonly events: string;
  readonly errors: string;
}

/** Metrics of the objectives on applications. */
const metrics = {
  requests: metricDefinition("whiteroom_http_requests_total"),
  latency: metricDefinition("whiteroom_http_request_duration_seconds"),
  render: metricDefinition("whiteroom_audio_render_duration_seconds"),
} as const satisfies Record<string, MetricDefinition>;

/** Values of `slos[].threshold`: buckets of the request duration, in seconds. */
export const latencyBuckets: readonly number[] = metrics.latency.buckets ?? [];

/** Services that have the default objective. */
export const defaultServices: readonly string[] = metrics.requests.services;

/** Name of the series that count the events of an objective on applications. */
export function eventsCounter(of: keyof typeof metrics): string {
  const { name, type }: MetricDefinition = metrics[of];
  return type === "histogram" ? `${name}_count` : name;
}

/** The metric that a service of White Room lacks for an objective; undefined if it has it, or for other services. */
export function missingMetric(of: keyof typeof metrics, service: string): string | undefined {
  const known: readonly string[] = metricDefinition("whiteroom_build_info").services;
  const metric: MetricDefinition = metrics[of];
  const exposed: readonly string[] = metric.services;
  return known.includes(service) && !exposed.includes(service) ? metric.name : undefined;
}

/** Audio buffers that a service renders, and those that miss their deadline. */
export function renders(service: string): Rates {
  const perSecond = (counter: string) =>
    `sum by (service, cluster, env) ${valid(`rate(${counter}{service="${service}"}[5m])`)}`;
  return {
    events: perSecond("whiteroom_audio_render_duration_seconds_count"),
    errors: perSecond("whiteroom_audio_render_deadline_misses_total"),
  };
}

/** Audio buffers of each instance that missed their deadline within a range. */
export function lateRenders(selector: string, range: string): string {
  return `sum by (service, instance) (increase(whiteroom_audio_render_deadline_misses_total{${selector}}[${range}]))`;
}
