import { type Span, TraceFlags } from "@opentelemetry/api";
import { Counter, Gauge, Histogram, type OpenMetricsContentType, Registry } from "prom-client";
import {
  type MetricDefinition,
  type MetricName,
  metricCatalogue,
  type Service,
  seriesOf,
} from "../../config/white-room/metrics.ts";

type Labels = Readonly<Record<string, string>>;

type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

/** Metrics of a service by catalogue name. Throws if the service does not expose the metric. */
export interface ServiceMetrics {
  readonly registry: AnyRegistry;
  readonly count: (name: MetricName, labels?: Labels, by?: number) => void;
  readonly set: (name: MetricName, value: number, labels?: Labels) => void;
  /** If the span is sampled, it becomes the exemplar of the value. */
  readonly observe: (name: MetricName, value: number, labels?: Labels, span?: Span) => void;
}

/**
 * Registers the metrics of a service. All label combinations of counters and histograms start at 0, because `increase()`
 * ignores the first increment of a new series. With `exemplars`, the format is OpenMetrics, the only one that supports them.
 */
export function createServiceMetrics(service: Service, startedAt: number, exemplars: boolean): ServiceMetrics {
  const registry = exemplars ? openMetricsRegistry() : new Registry();
  const counters = new Map<string, Counter>();
  const gauges = new Map<string, Gauge>();
  const histograms = new Map<string, Histogram>();
  const definitions: readonly MetricDefinition[] = metricCatalogue;
  for (const metric of definitions.filter(({ services }) => services.includes(service))) {
    const { name, help } = metric;
    const options = { name, help, labelNames: Object.keys(metric.labels), registers: [registry] };
    if (metric.type === "counter") {
      const counter = new Counter(options);
      for (const labels of seriesOf(metric, service)) counter.inc(labels, 0);
      counters.set(name, counter);
    } else if (metric.type === "gauge") {
      gauges.set(name, new Gauge(options));
    } else {
      const histogram = new Histogram({
        ...options,
        buckets: [...(metric.buckets ?? [])],
        ...(exemplars && { enableExemplars: true }),
      });
      for (const labels of seriesOf(metric, service)) histogram.zero(labels);
      histograms.set(name, histogram);
    }
  }
  addProcessMetrics(registry, startedAt);
  return {
    registry,
    count: (name, labels = {}, by = 1) => known(counters, name, service).inc(labels, by),
    set: (name, value, labels = {}) => known(gauges, name, service).set(labels, value),
    observe: (name, value, labels = {}, span = undefined) => {
      const histogram = known(histograms, name, service);
      if (exemplars) histogram.observe({ labels, value, ...(span && { exemplarLabels: exemplarOf(span) }) });
      else histogram.observe(labels, value);
    },
  };
}

function openMetricsRegistry(): AnyRegistry {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

function exemplarOf(span: Span): Labels {
  const { traceId, traceFlags } = span.spanContext();
  return (traceFlags & TraceFlags.SAMPLED) === 0 ? {} : { trace_id: traceId };
}

function known<T>(metrics: ReadonlyMap<string, T>, name: string, service: Service): T {
  const metric = metrics.get(name);
  if (metric === undefined) throw new Error(`${service} exposes no ${name} of this type`);
  return metric;
}

// The three services share a process, so GC and event loop series would exist three times.
function addProcessMetrics(registry: AnyRegistry, startedAt: number): void {
  const registers = [registry];
  new Gauge({
    name: "process_start_time_seconds",
    help: "Unix time at which the service started.",
    registers,
  }).set(startedAt / 1000);
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
}
