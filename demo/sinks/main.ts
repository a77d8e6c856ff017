import { validateSinksConfig } from "../config.ts";
import { runProgram } from "../program.ts";
import { startSinks } from "./sinks.ts";

await runProgram("sinks", validateSinksConfig, (config) => startSinks(config));
