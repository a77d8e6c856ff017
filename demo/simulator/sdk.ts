import { context } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { detectResources, envDetector, resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { labelValues, type Service, services } from "../../config/white-room/metrics.ts";
import type { SpanSender } from "./tracing.ts";

/**
 * Starts the OpenTelemetry SDK with a tracer for each service. The endpoint, headers and resource attributes come from the
 * standard variables, `OTEL_EXPORTER_OTLP_…` and `OTEL_RESOURCE_ATTRIBUTES`. A span is sampled if its parent is.
 */
export function startSdk(): SpanSender {
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  // The services share a process, so they share the exporter.
  const processor = new BatchSpanProcessor({ exporter: new OTLPTraceExporter(), scheduledDelayMillis: 1000 });
  const environment = detectResources({ detectors: [envDetector] });
  const [version = ""] = labelValues("whiteroom_build_info", "version");
  const tracerOf = (service: Service) => {
    const own = { "service.name": service, "service.namespace": "white-room", "service.version": version };
    const resource = environment.merge(resourceFromAttributes(own));
    return new TracerProvider({ resource, spanProcessors: [processor] }).getTracer("white-room-demo");
  };
  return {
    tracers: Object.fromEntries(services.map((service) => [service, tracerOf(service)])) as SpanSender["tracers"],
    close: async () => {
      await processor.shutdown();
      context.disable();
    },
  };
}
