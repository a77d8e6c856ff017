import { validateSimulatorConfig } from "../config.ts";
import { runProgram } from "../program.ts";
import { startSimulator } from "./simulator.ts";

await runProgram("simulator", validateSimulatorConfig, (config) => startSimulator(config));
