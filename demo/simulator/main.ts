import { validateSimulatorConfig } from "../config.ts";
import { runProgram } from "../program.ts";
import { startSimulator } from "./simulator.ts";

// Loaded only where something receives the spans.
const spans = process.env.OTEL_EXPORTER_OTLP_ENDPOINT ? (await import("./sdk.ts")).startSdk() : undefined;
await runProgram("simulator", validateSimulatorConfig, (config) => startSimulator(config, undefined, spans));
