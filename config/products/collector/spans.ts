import type { Settings } from "../../settings/schema.ts";
import { jaeger, jaegerPorts } from "../jaeger/product.ts";
import { chosenCollector } from "./chosen.ts";

/** Whether the collector receives and forwards spans. Otherwise applications send them directly to Jaeger. */
export function collectsSpans(settings: Settings): boolean {
  return settings.tracing.enabled && settings.logs.enabled && chosenCollector(settings).takesSpans;
}

/** Where the stack's own programs send spans over OTLP/HTTP (`OTEL_EXPORTER_OTLP_ENDPOINT`). Undefined without traces. */
export function spansEndpoint(settings: Settings): string | undefined {
  if (!settings.tracing.enabled) return undefined;
  const { workload } = collectsSpans(settings) ? chosenCollector(settings) : jaeger;
  return `http://${workload}:${jaegerPorts.otlpHttp}`;
}
