import { labelValues, type Service } from "../../config/white-room/metrics.ts";
import type { SimulatorConfig } from "../config.ts";
import { type Handler, sendJson } from "../http-server.ts";
import type { Cache } from "./cache.ts";
import type { Database } from "./database.ts";
import type { Faults } from "./faults.ts";
import { initialiseJuceBackend, juceBackendApi } from "./juce-backend.ts";
import type { Logs } from "./logs.ts";
import { answerMetrics, PlayedService } from "./played-service.ts";
import type { Random } from "./random.ts";
import type { ServiceMetrics } from "./registry.ts";
import { swiftFrontendApi } from "./swift-frontend.ts";
import type { Tracing } from "./tracing.ts";

export interface ServicesOptions {
  readonly config: SimulatorConfig;
  readonly database: Database;
  readonly cache: Cache;
  readonly faults: Faults;
  readonly logs: Logs;
  readonly random: Random;
  readonly tracing: Tracing;
  /** Milliseconds since 1970. */
  readonly deployedAt: number;
}

/** Creates the three services without starting them. */
export function createServices(options: ServicesOptions): Record<Service, PlayedService> {
  const { ports, listen } = options.config;
  const exemplars = options.tracing.isOn;
  const initialise = (metrics: ServiceMetrics) => describeBuild(metrics, options.deployedAt);

  const juceBackend: PlayedService = new PlayedService(
    "juce-backend",
    listen,
    [
      { name: "metrics", port: ports.juceBackend, handler: metricsOnly(() => juceBackend) },
      { name: "api", port: ports.api, handler: juceBackendApi({ ...options, service: () => juceBackend }) },
    ],
    (metrics) => {
      initialise(metrics);
      initialiseJuceBackend(metrics);
    },
    exemplars,
  );
  const swiftFrontend: PlayedService = new PlayedService(
    "swift-frontend",
    listen,
    [
      {
        name: "metrics",
        port: ports.swiftFrontend,
        handler: swiftFrontendApi({ ...options, service: () => swiftFrontend }),
      },
    ],
    initialise,
    exemplars,
  );
  const engine: PlayedService = new PlayedService(
    "audio-engine",
    listen,
    [{ name: "metrics", port: ports.audioEngine, handler: metricsOnly(() => engine) }],
    initialise,
    exemplars,
  );
  return { "juce-backend": juceBackend, "swift-frontend": swiftFrontend, "audio-engine": engine };
}

function describeBuild(metrics: ServiceMetrics, deployedAt: number): void {
  const [version = "", revision = ""] = ["version", "revision"].map(
    (label) => labelValues("whiteroom_build_info", label)[0],
  );
  metrics.set("whiteroom_build_info", 1, { version, revision });
  metrics.set("whiteroom_deployment_timestamp_seconds", Math.floor(deployedAt / 1000));
}

function metricsOnly(service: () => PlayedService): Handler {
  return async (request, response) => {
    if (!(await answerMetrics(service(), request, response))) sendJson(response, 404, { error: "GET /metrics" });
  };
}
