import { bundle } from "../config/bundle.ts";

/** Programs of the demo. */
export type DemoProgram = "simulator" | "sinks";

/** A program of the demo in one file: run it with `node simulator.mjs --config FILE`. */
export function bundleDemo(program: DemoProgram): string {
  const sources = ["demo", "config/white-room", "config/alerts"];
  return bundle({ name: program, entry: `demo/${program}/main.ts`, sources });
}
