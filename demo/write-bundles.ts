import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundleDemo } from "./bundle.ts";

const help =
  "npm run demo:bundle -- <directory>\n\nWrites the bundles of the demo's two programs for demo/Dockerfile.\n";
const [directory, ...rest] = process.argv.slice(2);
if (directory === "--help" || directory === "-h") process.stdout.write(help);
else if (directory === undefined || directory.startsWith("-") || rest.length > 0) {
  process.stderr.write(help);
  process.exitCode = 2;
} else {
  mkdirSync(directory, { recursive: true });
  for (const program of ["simulator", "sinks"] as const)
    writeFileSync(join(directory, `${program}.mjs`), bundleDemo(program));
}
